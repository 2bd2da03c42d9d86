import { parse } from 'yaml';
import { WhiskerPolicies, type WhiskerPoliciesProps } from '../../../constructs/calico/whisker-policies';
import { synthCalico } from '../../support/calico-scope';
import type { Synthesized } from '../../support/synth';

const synth = (props: Partial<WhiskerPoliciesProps>): Synthesized =>
  synthCalico(({ scope, namespace, tier }) => {
    new WhiskerPolicies(scope, 'policies', {
      version: 'v3.30.7',
      namespace,
      tier,
      ingressNamespace: 'traefik',
      dnsAddress: '10.96.0.10',
      ...props,
    });
  });
const body = (stack: Synthesized, address: string): unknown =>
  parse(stack.resource(address)['yaml_body'] as string);

describe.each(['v3.30.7', 'v3.31.7'])('up to 3.31 (%s), where policies add up', (version) => {
  const stack = synth({ version });

  test('traefik may reach Whisker on its port, nobody else', () => {
    expect(stack.resource('kubernetes_network_policy_v1.policies_ingress')).toEqual({
      depends_on: ['kubernetes_namespace_v1.calico-system'],
      metadata: { name: 'whisker-allow-traefik', namespace: 'calico-system' },
      spec: {
        pod_selector: { match_labels: { 'app.kubernetes.io/name': 'whisker' } },
        policy_types: ['Ingress'],
        ingress: [
          {
            from: [{ namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': 'traefik' } } }],
            ports: [{ port: '8081', protocol: 'TCP' }],
          },
        ],
      },
    });
  });

  test('Whisker may ask kube-dns by its ClusterIP', () => {
    expect(stack.resource('kubernetes_network_policy_v1.policies_dns')['spec']).toEqual({
      pod_selector: { match_labels: { 'app.kubernetes.io/name': 'whisker' } },
      policy_types: ['Egress'],
      egress: [
        {
          to: [{ ip_block: { cidr: '10.96.0.10/32' } }],
          ports: [
            { port: '53', protocol: 'UDP' },
            { port: '53', protocol: 'TCP' },
          ],
        },
      ],
    });
  });
});

describe('from 3.32 on, where the tier calico-system decides first', () => {
  const stack = synth({ version: 'v3.32.1' });

  test('no Kubernetes policy is left that would look like an allowance and be none', () => {
    expect(stack.addresses.filter((address) => address.startsWith('kubernetes_network_policy'))).toEqual([]);
  });

  test('our tier comes before calico-system and passes on what it does not allow', () => {
    expect(body(stack, 'kubectl_manifest.tier')).toMatchObject({
      kind: 'Tier',
      metadata: { name: 'goldmane-trail' },
      spec: { order: 90, defaultAction: 'Pass' },
    });
  });

  test('traefik may reach Whisker on its port', () => {
    expect(body(stack, 'kubectl_manifest.policies_ingress')).toMatchObject({
      apiVersion: 'projectcalico.org/v3',
      kind: 'NetworkPolicy',
      metadata: { name: 'goldmane-trail.whisker-allow-traefik', namespace: 'calico-system' },
      spec: {
        tier: 'goldmane-trail',
        selector: "app.kubernetes.io/name == 'whisker'",
        types: ['Ingress'],
        ingress: [
          {
            action: 'Allow',
            protocol: 'TCP',
            source: { namespaceSelector: "kubernetes.io/metadata.name == 'traefik'" },
            destination: { ports: [8081] },
          },
        ],
      },
    });
  });

  test('Whisker may ask kube-dns by its ClusterIP', () => {
    const destination = { nets: ['10.96.0.10/32'], ports: [53] };
    expect(body(stack, 'kubectl_manifest.policies_dns')).toMatchObject({
      metadata: { name: 'goldmane-trail.whisker-allow-dns-clusterip', namespace: 'calico-system' },
      spec: {
        types: ['Egress'],
        egress: [
          { action: 'Allow', protocol: 'UDP', destination },
          { action: 'Allow', protocol: 'TCP', destination },
        ],
      },
    });
  });

  test('the tier exists before its policies, and goes after them', () => {
    expect(stack.resource('kubectl_manifest.policies_dns')['depends_on']).toEqual(['kubectl_manifest.tier']);
  });
});

test('from 3.33 on Whisker is reached on 8443', () => {
  const stack = synth({ version: 'v3.33.0' });
  expect(body(stack, 'kubectl_manifest.policies_ingress')).toMatchObject({
    spec: { ingress: [{ destination: { ports: [8443] } }] },
  });
});

test('without an ingress nobody is let in', () => {
  expect(synth({ ingressNamespace: undefined }).addresses).not.toContain(
    'kubernetes_network_policy_v1.policies_ingress',
  );
  const later = synth({ ingressNamespace: undefined, version: 'v3.32.1' });
  expect(later.addresses).not.toContain('kubectl_manifest.policies_ingress');
});

test('an IPv6 cluster DNS is one address too', () => {
  const spec = synth({ dnsAddress: 'fd00::a' }).resource('kubernetes_network_policy_v1.policies_dns')['spec'];
  expect(spec).toMatchObject({ egress: [{ to: [{ ip_block: { cidr: 'fd00::a/128' } }] }] });
});

test('existing policies are imported, whichever kind they are', () => {
  expect(synth({ adopt: true }).imports).toEqual({
    'kubernetes_network_policy_v1.policies_ingress': 'calico-system/whisker-allow-traefik',
    'kubernetes_network_policy_v1.policies_dns': 'calico-system/whisker-allow-dns-clusterip',
  });
  expect(synth({ adopt: true, version: 'v3.32.1' }).imports).toEqual({
    'kubectl_manifest.policies_ingress':
      'projectcalico.org/v3//NetworkPolicy//goldmane-trail.whisker-allow-traefik//calico-system',
    'kubectl_manifest.policies_dns':
      'projectcalico.org/v3//NetworkPolicy//goldmane-trail.whisker-allow-dns-clusterip//calico-system',
  });
});

test('from 3.32 on a tier must be given', () => {
  expect(() => synth({ version: 'v3.32.1', tier: undefined })).toThrow(
    /tier: Calico 3\.32 decides in its own tier before Kubernetes policies; pass an EarlyTier/,
  );
});
