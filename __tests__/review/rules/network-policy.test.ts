import { egressEnforced } from '../../../review/rules/egress-enforced';
import { networkPolicyOpened } from '../../../review/rules/network-policy-opened';
import { networkPolicyTightened } from '../../../review/rules/network-policy-tightened';
import { change, fixture, judged, manifest, planOf, sightings } from '../../support/plan';

type Json = Record<string, unknown>;

const np = (spec: Json, name = 'p'): Json => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'shop' },
  spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ...spec },
});
const traefik = { namespaceSelector: { matchLabels: { name: 'traefik' } } };
const port = (number: number, endPort?: number): Json => ({ port: number, protocol: 'TCP', endPort });
const opened = (before: Json | null, after: Json | null): readonly string[] =>
  judged(networkPolicyOpened, planOf([manifest(before, after)]));
const tightened = (before: Json | null, after: Json | null): readonly string[] =>
  judged(networkPolicyTightened, planOf([manifest(before, after)]));

const base = np({ ingress: [{ from: [traefik], ports: [port(8081)] }] });

test('a dropped selector opens to anyone, in a real plan', () => {
  expect(sightings(networkPolicyOpened, fixture('policy-opened'))).toEqual([
    'refuse kubernetes_network_policy_v1.whisker_allow_traefik: NetworkPolicy calico-system/whisker-allow-traefik | ingress: lets in anyone on TCP 8081',
  ]);
});

test.each<[string, Json, string]>([
  ['no peers', { ingress: [{ ports: [port(8081)] }] }, 'refuse'],
  ['no peers and no ports', { ingress: [{}] }, 'refuse'],
  ['all namespaces', { ingress: [{ from: [{ namespaceSelector: {} }], ports: [port(8081)] }] }, 'refuse'],
  ['the whole internet', { ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }, 'refuse'],
  ['all of IPv6', { ingress: [{ from: [{ ipBlock: { cidr: '::/0' } }] }] }, 'refuse'],
  ['no ingress type', { policyTypes: ['Egress'], ingress: [] }, 'refuse'],
  ['another peer', { ingress: [{ from: [traefik, { podSelector: {} }], ports: [port(8081)] }] }, 'supervise'],
  ['every port', { ingress: [{ from: [traefik] }] }, 'supervise'],
  ['a range of ports', { ingress: [{ from: [traefik], ports: [port(8081, 9000)] }] }, 'supervise'],
  [
    'fewer pods selected',
    {
      podSelector: { matchLabels: { app: 'web', v: '2' } },
      ingress: [{ from: [traefik], ports: [port(8081)] }],
    },
    'supervise',
  ],
])('%s counts as opened', (_what, spec, severity) => {
  expect(opened(base, np(spec))).toEqual([severity]);
});

test.each<[string, Json, Json]>([
  ['the same', base, base],
  [
    'fewer ports',
    np({ ingress: [{ from: [traefik], ports: [port(1, 9)] }] }),
    np({ ingress: [{ from: [traefik], ports: [port(5)] }] }),
  ],
  [
    'a smaller block',
    np({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] }),
    np({ ingress: [{ from: [{ ipBlock: { cidr: '10.1.0.0/16' } }] }] }),
  ],
  [
    'fewer holes is more, more holes is less',
    np({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] }),
    np({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }] }),
  ],
  [
    'one more label on the peer',
    np({ ingress: [{ from: [{ podSelector: { matchLabels: { a: '1' } } }] }] }),
    np({ ingress: [{ from: [{ podSelector: { matchLabels: { a: '1', b: '2' } } }] }] }),
  ],
])('%s is not opened', (_what, before, after) => {
  expect(opened(before, after)).toEqual([]);
});

test('a hole closed in an address block is opened', () => {
  const holed = np({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }] });
  expect(opened(holed, np({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] }))).toEqual([
    'supervise',
  ]);
});

test('a removed policy is opened, unless its namespace goes too', () => {
  const namespace = change('kubernetes_namespace_v1.shop', { metadata: [{ name: 'shop' }] }, null);
  expect(opened(base, null)).toEqual(['supervise']);
  expect(judged(networkPolicyOpened, planOf([manifest(base, null), namespace]))).toEqual(['notice']);
});

test('a policy under another name is one gone and one new', () => {
  expect(opened(base, np({ ingress: [{ from: [traefik], ports: [port(8081)] }] }, 'other'))).toEqual([
    'supervise',
  ]);
});

test('peers known only after the apply count as opened', () => {
  const typed = (from: unknown): Json => ({
    metadata: [{ name: 'p', namespace: 'shop' }],
    spec: [{ pod_selector: [{}], policy_types: ['Ingress'], ingress: [{ from, ports: [] }] }],
  });
  const peer = (labels: unknown): unknown => [{ namespace_selector: [{ match_labels: labels }] }];
  const plan = planOf([
    change('kubernetes_network_policy_v1.p', typed(peer({ a: 'b' })), typed(peer(null)), {
      change: {
        after_unknown: {
          spec: [{ ingress: [{ from: [{ namespace_selector: [{ match_labels: true }] }] }] }],
        },
      },
    }),
  ]);
  expect(judged(networkPolicyOpened, plan)).toEqual(['supervise']);
});

test('what loses a peer, a port or a rule, or restricts more pods, is tightened', () => {
  expect(tightened(base, np({ ingress: [] }))).toEqual(['supervise']);
  expect(
    tightened(base, np({ podSelector: {}, ingress: [{ from: [traefik], ports: [port(8081)] }] })),
  ).toEqual(['supervise']);
  expect(tightened(null, np({ podSelector: {}, ingress: [] }))).toEqual(['supervise']);
  expect(tightened(null, base)).toEqual(['notice']);
  expect(tightened(base, base)).toEqual([]);
});

describe('Calico policies', () => {
  const gnp = (spec: Json): Json => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'g' },
    spec: { selector: 'all()', types: ['Egress'], order: 2000, ...spec },
  });
  const dns = { action: 'Allow', protocol: 'UDP', destination: { ports: [53] } };
  const observe = gnp({ egress: [{ action: 'Log' }, { action: 'Allow' }] });

  test('from Log and Allow to a list of allowances is enforcement', () => {
    const plan = planOf([manifest(observe, gnp({ egress: [dns, { action: 'Deny' }] }))]);
    expect(judged(egressEnforced, plan)).toEqual(['supervise']);
    expect(judged(networkPolicyTightened, plan)).toEqual([]);
  });

  test('a list without Deny drops what it does not name', () => {
    expect(judged(egressEnforced, planOf([manifest(observe, gnp({ egress: [dns] }))]))).toEqual([
      'supervise',
    ]);
    expect(judged(egressEnforced, planOf([manifest(null, gnp({ egress: [dns] }))]))).toEqual(['supervise']);
    expect(judged(egressEnforced, planOf([manifest(null, observe)]))).toEqual([]);
  });

  test('a staged policy enforces nothing', () => {
    const staged = { ...gnp({ egress: [dns] }), kind: 'StagedGlobalNetworkPolicy' };
    expect(judged(egressEnforced, planOf([manifest(null, staged)]))).toEqual([]);
  });

  test.each<[string, Json, Json, readonly string[]]>([
    ['a Deny that is dropped', gnp({ egress: [{ action: 'Deny' }] }), gnp({ egress: [] }), ['supervise']],
    [
      'an Allow without its destination',
      gnp({ egress: [dns] }),
      gnp({ egress: [{ action: 'Allow', protocol: 'UDP' }] }),
      ['supervise'],
    ],
    [
      'rules in another order',
      gnp({ egress: [{ action: 'Deny' }, dns] }),
      gnp({ egress: [dns, { action: 'Deny' }] }),
      ['supervise'],
    ],
    ['another tier', gnp({}), gnp({ tier: 'security' }), ['supervise']],
    ['a policy that is gone', gnp({ egress: [dns] }), gnp({ types: ['Ingress'] }), ['supervise']],
    ['one more term', gnp({ egress: [{ action: 'Allow', protocol: 'UDP' }] }), gnp({ egress: [dns] }), []],
  ])('%s', (_what, before, after, expected) => {
    expect(opened(before, after)).toEqual(expected);
  });

  test('an allowance without a source lets anyone in', () => {
    const ingress = (rules: Json[]): Json => gnp({ types: ['Ingress'], ingress: rules });
    const web = { action: 'Allow', source: { selector: "app == 'web'" } };
    expect(opened(ingress([web]), ingress([{ action: 'Allow' }]))).toEqual(['refuse']);
  });
});
