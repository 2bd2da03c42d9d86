import { CrdRelease } from '../../../constructs/calico/crd-release';
import { synthCalico } from '../../support/calico-scope';
import type { Synthesized } from '../../support/synth';

const synth = (version: string, adopt = false): Synthesized =>
  synthCalico(({ scope, namespace }) => {
    new CrdRelease(scope, 'crds', { namespace, version, chart: 'crd.projectcalico.org.v1', adopt });
  });

test('CRDs that an older operator chart left behind are taken over, and none is ever deleted', () => {
  expect(synth('v3.32.1').resource('helm_release.crds')).toMatchObject({
    name: 'calico-crds',
    chart: 'crd.projectcalico.org.v1',
    version: 'v3.32.1',
    take_ownership: true,
    max_history: 2,
    lifecycle: { prevent_destroy: true },
  });
});

test('an existing release is imported', () => {
  expect(synth('v3.32.1', true).imports).toEqual({ 'helm_release.crds': 'calico-system/calico-crds' });
});

test('a release that brings its CRDs in the operator chart gets no second owner for them', () => {
  expect(() => synth('v3.31.7')).toThrow(/Calico 3\.31 brings its CRDs in the operator chart/);
});
