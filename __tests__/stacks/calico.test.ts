import { parseSettings } from '../../settings';
import { CalicoStack } from '../../stacks/calico';
import { synthStack, type Synthesized } from '../support/synth';

const synth = (calico: object): Synthesized =>
  synthStack((app) => new CalicoStack(app, 'calico', parseSettings({ calico })));

test('Whisker waits for Goldmane, and Goldmane for the operator that brings its CRD', () => {
  const stack = synth({});
  expect(stack.resource('kubectl_manifest.whisker')['depends_on']).toEqual(['kubectl_manifest.goldmane']);
  expect(stack.resource('kubectl_manifest.goldmane')['depends_on']).toEqual(['helm_release.operator']);
});
