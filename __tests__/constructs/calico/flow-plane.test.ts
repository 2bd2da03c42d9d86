import { Goldmane } from '../../../constructs/calico/goldmane';
import { Whisker } from '../../../constructs/calico/whisker';
import { synthConstruct, type Synthesized } from '../../support/synth';

const synth = (version: string, adopt = false): Synthesized =>
  synthConstruct((scope) => {
    const goldmane = new Goldmane(scope, 'goldmane', { version, adopt });
    new Whisker(scope, 'whisker', { version, goldmane, adopt });
  });
const body = (stack: Synthesized, address: string): unknown => stack.resource(address)['yaml_body'];

test('Goldmane is one custom resource that the operator reconciles', () => {
  expect(body(synth('v3.30.7'), 'kubectl_manifest.goldmane')).toBe(
    'apiVersion: operator.tigera.io/v1\nkind: Goldmane\nmetadata:\n  name: default\n',
  );
});

test('Whisker phones nobody, says so, and comes after Goldmane', () => {
  const stack = synth('v3.30.7');
  expect(body(stack, 'kubectl_manifest.whisker')).toBe(
    'apiVersion: operator.tigera.io/v1\nkind: Whisker\nmetadata:\n  name: default\nspec:\n  notifications: Disabled\n',
  );
  expect(stack.resource('kubectl_manifest.whisker')['depends_on']).toEqual(['kubectl_manifest.goldmane']);
});

test('existing ones are imported', () => {
  expect(synth('v3.30.7', true).imports).toEqual({
    'kubectl_manifest.goldmane': 'operator.tigera.io/v1//Goldmane//default',
    'kubectl_manifest.whisker': 'operator.tigera.io/v1//Whisker//default',
  });
});

test('a release that knows neither is refused, with two ways out', () => {
  expect(() => synthConstruct((scope) => new Goldmane(scope, 'goldmane', { version: 'v3.28.5' }))).toThrow(
    /Calico 3\.28 has no goldmane, it exists from 3\.30 on; upgrade first, or set goldmane\.enabled to false/,
  );
  const goldmaneOf = (scope: ConstructorParameters<typeof Goldmane>[0]): Goldmane =>
    new Goldmane(scope, 'goldmane', { version: 'v3.30.7' });
  expect(() =>
    synthConstruct(
      (scope) => new Whisker(scope, 'whisker', { version: 'v3.28.5', goldmane: goldmaneOf(scope) }),
    ),
  ).toThrow(/Calico 3\.28 has no whisker/);
});
