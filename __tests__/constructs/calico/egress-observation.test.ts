import { parse } from 'yaml';
import {
  EgressObservation,
  type EgressObservationProps,
} from '../../../constructs/calico/egress-observation';
import { synthConstruct, type Synthesized } from '../../support/synth';

const defaults: EgressObservationProps = {
  name: 'wave1-egress-observe-tier34',
  order: 2000,
  tierLabel: 'tier',
  tiers: ['3-edge', '4-aux'],
  namespaces: [],
  annotationDomain: 'security.example.com',
  wave: '1',
};
const synth = (props: Partial<EgressObservationProps> = {}): Synthesized =>
  synthConstruct((scope) => new EgressObservation(scope, 'observation', { ...defaults, ...props }));
const policy = (props: Partial<EgressObservationProps> = {}): Record<string, unknown> =>
  parse(synth(props).resource('kubectl_manifest.observation')['yaml_body'] as string) as Record<
    string,
    unknown
  >;

test('every packet is logged first and then allowed: observation breaks nothing', () => {
  expect(policy()).toEqual({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: {
      name: 'wave1-egress-observe-tier34',
      annotations: {
        'security.example.com/wave': '1',
        'security.example.com/purpose': 'observe-then-enforce egress for tier 3-edge + 4-aux',
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

test('dropping it from the stack leaves the policy in the cluster', () => {
  expect(synth().resource('kubectl_manifest.observation')['apply_only']).toBe(true);
});

test('namespaces can be added by name', () => {
  expect(policy({ namespaces: ['shop', 'mail'] })).toHaveProperty(
    'spec.namespaceSelector',
    'tier in {"3-edge", "4-aux"} || projectcalico.org/name in {"shop", "mail"}',
  );
  const alone = policy({ tiers: [], namespaces: ['shop'] });
  expect(alone).toHaveProperty('spec.namespaceSelector', 'projectcalico.org/name in {"shop"}');
  expect(alone).toHaveProperty('metadata.annotations', {
    'security.example.com/wave': '1',
    'security.example.com/purpose': 'observe-then-enforce egress for namespace shop',
  });
});

test('an existing policy is imported', () => {
  expect(synth({ adopt: true }).imports).toEqual({
    'kubectl_manifest.observation': 'projectcalico.org/v3//GlobalNetworkPolicy//wave1-egress-observe-tier34',
  });
});

test('a selector that would match nothing or something else is refused', () => {
  expect(() => synth({ tiers: [] })).toThrow(/tiers, namespaces: both are empty/);
  const attempt = (): unknown => synth({ tiers: ['a"} || all() || tier in {"b'], tierLabel: 'a b' });
  expect(attempt).toThrow(/^test\/observation: 2 problems/);
  expect(attempt).toThrow(/cannot stand in a selector; quotes, backslashes and braces are not allowed/);
  expect(attempt).toThrow(/tierLabel: "a b" is not a label key/);
});
