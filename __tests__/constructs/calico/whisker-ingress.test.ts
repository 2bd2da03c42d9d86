import { parse } from 'yaml';
import { WhiskerIngress, type WhiskerIngressProps } from '../../../constructs/calico/whisker-ingress';
import { synthCalico } from '../../support/calico-scope';
import type { Synthesized } from '../../support/synth';

const gate = 'auth-forward-auth@kubernetescrd';
const synth = (props: Partial<WhiskerIngressProps> = {}): Synthesized =>
  synthCalico(({ scope, namespace, whisker }) => {
    new WhiskerIngress(scope, 'ingress', {
      version: 'v3.30.7',
      namespace,
      whisker,
      host: 'whisker.example.com',
      className: 'traefik',
      tlsSecret: 'whisker-tls',
      authentication: 'forward-auth',
      forwardAuthMiddleware: gate,
      middlewares: [],
      entryPoint: 'websecure',
      dnsAnnotations: {},
      monitorAnnotations: {},
      annotations: {},
      ...props,
    });
  });
const ingress = (props: Partial<WhiskerIngressProps> = {}): Readonly<Record<string, unknown>> =>
  synth(props).resource('kubernetes_ingress_v1.ingress');
const annotations = (props: Partial<WhiskerIngressProps> = {}): unknown =>
  (ingress(props)['metadata'] as Record<string, unknown>)['annotations'];

test('the host leads over TLS to Whisker', () => {
  expect(ingress()['spec']).toEqual({
    ingress_class_name: 'traefik',
    tls: [{ hosts: ['whisker.example.com'], secret_name: 'whisker-tls' }],
    rule: [
      {
        host: 'whisker.example.com',
        http: { path: [{ path: '/', backend: { service: { name: 'whisker', port: { number: 8081 } } } }] },
      },
    ],
  });
  expect(ingress()['depends_on']).toEqual(['kubectl_manifest.whisker']);
});

test('the login gate is the last middleware, and by default nothing else is annotated', () => {
  expect(annotations()).toEqual({
    'traefik.ingress.kubernetes.io/router.entrypoints': 'websecure',
    'traefik.ingress.kubernetes.io/router.middlewares': gate,
  });
  expect(annotations({ middlewares: ['a-retry@kubernetescrd', 'a-csp@kubernetescrd'] })).toMatchObject({
    'traefik.ingress.kubernetes.io/router.middlewares': `a-retry@kubernetescrd,a-csp@kubernetescrd,${gate}`,
  });
});

test('tile, groups, DNS and monitor are annotations, and those given by hand win', () => {
  const all = annotations({
    homepage: { name: 'Whisker', description: 'who talks to whom', icon: 'calico.png', group: 'Infra' },
    allowedGroups: { annotation: 'auth.example.com/groups', groups: ['Admins', 'On call'] },
    dnsAnnotations: { 'dns.example.com/type': 'proxied' },
    monitorAnnotations: { 'uptime.example.com/monitor': 'true' },
    annotations: { 'gethomepage.dev/name': 'Flows' },
  });
  expect(all).toMatchObject({
    'gethomepage.dev/enabled': 'true',
    'gethomepage.dev/name': 'Flows',
    'gethomepage.dev/description': 'who talks to whom',
    'gethomepage.dev/icon': 'calico.png',
    'gethomepage.dev/group': 'Infra',
    'gethomepage.dev/href': 'https://whisker.example.com',
    'auth.example.com/groups': 'Admins,On call',
    'dns.example.com/type': 'proxied',
    'uptime.example.com/monitor': 'true',
  });
});

test('a page without a login gate has to be asked for by name', () => {
  expect(() => synth({ forwardAuthMiddleware: undefined })).toThrow(
    /forwardAuthMiddleware: missing; Whisker has no login, .* or ask for authentication "unauthenticated"/,
  );
  expect(() => synth({ authentication: 'unauthenticated' })).toThrow(
    /would not be used .*; drop one of the two/,
  );
  const open = annotations({ authentication: 'unauthenticated', forwardAuthMiddleware: undefined });
  expect(open).not.toHaveProperty(['traefik.ingress.kubernetes.io/router.middlewares']);
});

test('a page without a login gate is warned about', () => {
  const stack = synth({ authentication: 'unauthenticated', forwardAuthMiddleware: undefined });
  expect(stack.warnings).toEqual([
    'whisker.example.com shows every flow of the cluster to whoever reaches it: authentication is "unauthenticated"',
  ]);
  expect(synth().warnings).toEqual([]);
});

describe('from 3.33 on, where Whisker speaks HTTPS on 8443', () => {
  const stack = synth({ version: 'v3.33.0' });

  test('the ingress leads to a Service that Traefik speaks HTTPS to', () => {
    expect(stack.resource('kubernetes_ingress_v1.ingress')).toHaveProperty(
      'spec.rule.0.http.path.0.backend',
      {
        service: { name: 'whisker-https', port: { number: 8443 } },
      },
    );
    expect(stack.resource('kubernetes_service_v1.ingress_https-backend_service')).toMatchObject({
      metadata: {
        annotations: {
          'traefik.ingress.kubernetes.io/service.serversscheme': 'https',
          'traefik.ingress.kubernetes.io/service.serverstransport':
            'calico-system-whisker-https@kubernetescrd',
        },
      },
      spec: {
        selector: { 'app.kubernetes.io/name': 'whisker' },
        port: [{ name: 'https', port: 8443, target_port: '8443', protocol: 'TCP' }],
      },
    });
  });

  test("Whisker's certificate is verified against the operator's CA", () => {
    const transport = stack.resource('kubectl_manifest.ingress_https-backend_transport')[
      'yaml_body'
    ] as string;
    expect(parse(transport)).toMatchObject({
      kind: 'ServersTransport',
      spec: {
        serverName: 'whisker.calico-system.svc',
        rootCAs: [{ configMap: 'tigera-ca-bundle' }],
      },
    });
  });

  test('another ingress controller is refused rather than left to answer 502', () => {
    expect(() => synth({ version: 'v3.33.0', className: 'nginx' })).toThrow(
      /className: Calico 3\.33 serves Whisker over HTTPS, which only the class "traefik" is set up for here, not "nginx"/,
    );
    expect(() => synth({ className: 'nginx' })).not.toThrow();
  });

  test('existing objects are imported, the Service and its transport too', () => {
    expect(synth({ version: 'v3.33.0', adopt: true }).imports).toEqual({
      'kubernetes_ingress_v1.ingress': 'calico-system/whisker',
      'kubernetes_service_v1.ingress_https-backend_service': 'calico-system/whisker-https',
      'kubectl_manifest.ingress_https-backend_transport':
        'traefik.io/v1alpha1//ServersTransport//whisker-https//calico-system',
    });
  });
});

test('an existing ingress is imported', () => {
  expect(synth({ adopt: true }).imports).toEqual({
    'kubernetes_ingress_v1.ingress': 'calico-system/whisker',
  });
});

test('a host that is a URL is refused', () => {
  expect(() => synth({ host: 'https://whisker.example.com' })).toThrow(/host: "https:.*" is not a host name/);
});
