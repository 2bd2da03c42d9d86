import { parse } from 'yaml';
import { parseSettings, type Settings } from '../../settings';
import { adoptableParts } from '../../settings/calico';
import { CalicoStack } from '../../stacks/calico';
import { settingsFile } from '../support/settings-file';
import { synthStack, type Synthesized } from '../support/synth';

const synthSettings = (settings: Settings): Synthesized =>
  synthStack((app) => new CalicoStack(app, 'calico', settings));
const synth = (calico: object): Synthesized => synthSettings(parseSettings({ calico }));

const reference = settingsFile('settings.reference.example.yaml');
const withReference = (calico: object): Synthesized =>
  synthSettings(parseSettings({ ...reference, calico: { ...reference.calico, ...calico } }));

describe.each(['v3.30.7', 'v3.31.7', 'v3.32.1'])('Calico %s', (version) => {
  test('a fresh cluster gets this', () => {
    expect(withReference({ version, runningVersion: undefined, adopt: false }).text).toMatchSnapshot();
  });

  test('a cluster that has it all already gets this', () => {
    expect(withReference({ version, runningVersion: version, adopt: true }).text).toMatchSnapshot();
  });

  test('adoption covers every resource: none would be made beside one that exists', () => {
    const stack = withReference({ version, runningVersion: version, adopt: true });
    expect(Object.keys(stack.imports).sort()).toEqual(stack.addresses);
  });
});

describe('the reference settings', () => {
  const stack = synthSettings(reference);

  test('observe the egress of two tiers under its known name', () => {
    expect(parse(stack.resource('kubectl_manifest.egress-observation')['yaml_body'] as string)).toEqual({
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: {
        name: 'wave1-egress-observe-tier34',
        annotations: {
          'security.viktorbarzin.me/wave': '1',
          'security.viktorbarzin.me/purpose': 'observe-then-enforce egress for tier 3-edge + 4-aux',
        },
      },
      spec: {
        order: 2000,
        selector: 'all()',
        namespaceSelector: 'tier in {"3-edge", "4-aux"}',
        types: ['Egress'],
        egress: [{ action: 'Log' }, { action: 'Allow' }],
      },
    });
  });

  test('expose Whisker behind Authentik, with tile, DNS and monitor', () => {
    expect(stack.resource('kubernetes_ingress_v1.whisker-ingress')).toMatchObject({
      metadata: {
        name: 'whisker',
        annotations: {
          'traefik.ingress.kubernetes.io/router.entrypoints': 'websecure',
          'traefik.ingress.kubernetes.io/router.middlewares':
            'traefik-retry@kubernetescrd,traefik-error-pages@kubernetescrd,traefik-rate-limit@kubernetescrd,traefik-csp-headers@kubernetescrd,traefik-authentik-forward-auth@kubernetescrd',
          'gethomepage.dev/enabled': 'true',
          'gethomepage.dev/name': 'Whisker',
          'gethomepage.dev/description': 'Calico flow observability (who-talks-to-whom)',
          'gethomepage.dev/icon': 'calico.png',
          'gethomepage.dev/group': 'Infrastructure',
          'gethomepage.dev/href': 'https://whisker.viktorbarzin.me',
          'cloudflare.viktorbarzin.me/dns-type': 'proxied',
          'uptime.viktorbarzin.me/external-monitor': 'true',
          'authentik.viktorbarzin.me/allowed-groups': 'Home Server Admins',
        },
      },
      spec: {
        ingress_class_name: 'traefik',
        tls: [{ hosts: ['whisker.viktorbarzin.me'], secret_name: 'tls-secret' }],
      },
    });
  });

  test('run the operator of 3.30.7 with room for its start-up', () => {
    const operator = stack.resource('helm_release.operator');
    expect(operator).toMatchObject({ name: 'calico', version: 'v3.30.7', chart: 'tigera-operator' });
    expect((operator['values'] as string[])[0]).toContain('memory: 512Mi');
  });
});

test('the example settings are the defaults, so copying them changes nothing', () => {
  expect(settingsFile('settings.example.yaml')).toEqual(parseSettings({}));
});

test('nothing of one cluster is in the defaults', () => {
  expect(JSON.stringify(synth({}).json)).not.toMatch(/viktorbarzin|authentik|cloudflare/i);
});

test('Whisker waits for Goldmane, and Goldmane for the operator that brings its CRD', () => {
  const stack = synth({});
  expect(stack.resource('kubectl_manifest.whisker')['depends_on']).toEqual(['kubectl_manifest.goldmane']);
  expect(stack.resource('kubectl_manifest.goldmane')['depends_on']).toEqual(['helm_release.operator']);
});

test('from 3.32 on the CRDs come first', () => {
  const stack = synth({ version: 'v3.32.1' });
  expect(stack.resource('helm_release.operator')['depends_on']).toEqual(['helm_release.crds']);
  expect(synth({ version: 'v3.31.7' }).addresses).not.toContain('helm_release.crds');
});

test('namespaces keep what others stamp on them', () => {
  const ignored = (address: string): unknown => synth({}).resource(address)['lifecycle'];
  const goldilocks = 'metadata[0].labels["goldilocks.fairwinds.com/vpa-update-mode"]';
  const podSecurity = [
    'metadata[0].labels["pod-security.kubernetes.io/enforce"]',
    'metadata[0].labels["pod-security.kubernetes.io/enforce-version"]',
  ];
  for (const name of ['calico-system', 'calico-apiserver']) {
    expect(ignored(`kubernetes_namespace_v1.${name}`)).toEqual({
      prevent_destroy: true,
      ignore_changes: [goldilocks, ...podSecurity],
    });
  }
  expect(ignored('kubernetes_namespace_v1.tigera-operator')).toEqual({
    prevent_destroy: true,
    ignore_changes: [goldilocks],
  });
});

test('parts can be adopted one by one', () => {
  expect(synth({ adopt: ['namespaces', 'operator'] }).imports).toEqual({
    'kubernetes_namespace_v1.calico-system': 'calico-system',
    'kubernetes_namespace_v1.calico-apiserver': 'calico-apiserver',
    'kubernetes_namespace_v1.tigera-operator': 'tigera-operator',
    'helm_release.operator': 'tigera-operator/calico',
  });
  expect(() => synth({ adopt: ['everything'] })).toThrow(/calico\.adopt.*"namespaces", "crds", "operator"/s);
});

test('every part that can be named for adoption exists', () => {
  const installation = { spec: { variant: 'Calico' } };
  for (const part of adoptableParts) {
    const stack = withReference({ version: 'v3.32.1', adopt: [part], installation });
    expect({ part, imports: Object.keys(stack.imports).length }).not.toEqual({ part, imports: 0 });
  }
});

test('the flow plane is a toggle: switched off, just its own resources go', () => {
  const off = synth({ goldmane: { enabled: false } });
  expect(off.addresses).toEqual([
    'helm_release.operator',
    'kubernetes_namespace_v1.calico-apiserver',
    'kubernetes_namespace_v1.calico-system',
    'kubernetes_namespace_v1.tigera-operator',
  ]);
  expect(synth({ whisker: { enabled: false } }).addresses).toContain('kubectl_manifest.goldmane');
});

test('an intermediate hop below 3.30 is deployable without the flow plane', () => {
  const hop = { version: 'v3.28.5', runningVersion: 'v3.26.4' };
  expect(synth({ ...hop, goldmane: { enabled: false } }).resource('helm_release.operator')).toMatchObject({
    version: 'v3.28.5',
  });
  expect(() => synth(hop)).toThrow(/Calico 3\.28 has no goldmane, it exists from 3\.30 on/);
});

test('an upgrade over several hops is refused before anything is planned', () => {
  expect(() => synth({ version: 'v3.32.1', runningVersion: 'v3.28.5' })).toThrow(
    /hop to 3\.30 first \(3\.28 → 3\.30 → 3\.32\)/,
  );
});

test('without an ingress Whisker is let alone by the ingress controller', () => {
  expect(synth({}).addresses).not.toContain('kubernetes_network_policy_v1.whisker-policies_ingress');
  expect(synth({}).addresses).toContain('kubernetes_network_policy_v1.whisker-policies_dns');
});

test('the watchdog runs the image of the aggregator unless it is given another', () => {
  const image = 'spec.job_template.spec.template.spec.container.0.image';
  const job = (calico: object): unknown =>
    synthSettings(parseSettings({ calico, aggregator: { image: 'example.com/trail:2.0.0' } })).resource(
      'kubernetes_cron_job_v1.watchdog_cron-job',
    );
  expect(job({})).toHaveProperty(image, 'example.com/trail:2.0.0');
  expect(job({ watchdog: { image: 'example.com/own:1' } })).toHaveProperty(image, 'example.com/own:1');
  expect(job({ watchdog: { runtime: 'kubectl' } })).toHaveProperty(image, 'docker.io/alpine/k8s:1.34.1');
  expect(synth({ watchdog: { enabled: false } }).addresses).not.toContain(
    'kubernetes_cron_job_v1.watchdog_cron-job',
  );
});

test('an ingress without a login gate is refused where the settings are read', () => {
  const ingress = { host: 'whisker.example.com', tlsSecret: 'tls' };
  expect(() => parseSettings({ calico: { whisker: { ingress } } })).toThrow(
    /calico\.whisker\.ingress\.forwardAuthMiddleware: .*authentication: unauthenticated/,
  );
});

test('an installation is made only where the settings describe one', () => {
  expect(synth({}).addresses.join()).not.toContain('installation');
  const stack = synth({ installation: { spec: { variant: 'Calico' } } });
  expect(stack.resource('kubectl_manifest.installation_installation')['depends_on']).toEqual([
    'helm_release.operator',
  ]);
});
