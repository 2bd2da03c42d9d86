import { parse } from 'yaml';
import { OperatorRelease, type OperatorReleaseProps } from '../../../constructs/calico/operator-release';
import { synthCalico } from '../../support/calico-scope';
import type { Synthesized } from '../../support/synth';

const synth = (props: Partial<OperatorReleaseProps>): Synthesized =>
  synthCalico(({ scope, namespace }) => {
    new OperatorRelease(scope, 'operator', {
      namespace,
      version: 'v3.30.7',
      chart: 'tigera-operator',
      repository: 'https://docs.tigera.io/calico/charts',
      memoryLimit: '512Mi',
      ...props,
    });
  });
const values = (props: Partial<OperatorReleaseProps>): unknown =>
  parse((synth(props).resource('helm_release.operator')['values'] as string[])[0]!);

test('Helm manages the operator alone: nothing that touches the data plane is switched on', () => {
  expect(values({})).toEqual({
    installation: { enabled: false },
    apiServer: { enabled: false },
    goldmane: { enabled: false },
    whisker: { enabled: false },
    resources: { limits: { memory: '512Mi' } },
  });
});

test('the release goes by the name that runs today, and is never destroyed', () => {
  expect(synth({}).resource('helm_release.operator')).toMatchObject({
    name: 'calico',
    namespace: '${kubernetes_namespace_v1.calico-system.metadata[0].name}',
    create_namespace: false,
    repository: 'https://docs.tigera.io/calico/charts',
    chart: 'tigera-operator',
    version: 'v3.30.7',
    lifecycle: { prevent_destroy: true },
  });
});

test('a version without the v installs the same chart', () => {
  expect(synth({ version: '3.30.7' }).resource('helm_release.operator')['version']).toBe('v3.30.7');
});

test('kubeletVolumePluginPath is written where the release reads it', () => {
  expect(values({ kubeletVolumePluginPath: 'None' })).toMatchObject({ kubeletVolumePluginPath: 'None' });
  const later = values({ version: 'v3.31.7', kubeletVolumePluginPath: 'None' });
  expect(later).toMatchObject({ installation: { enabled: false, kubeletVolumePluginPath: 'None' } });
  expect(later).not.toHaveProperty('kubeletVolumePluginPath');
});

test('a running release is imported under namespace/name', () => {
  expect(synth({ adopt: true }).imports).toEqual({ 'helm_release.operator': 'calico-system/calico' });
});

test('an operator that runs from plain manifests is taken over by a first install, on request', () => {
  const operator = synth({ takeOwnership: true }).resource('helm_release.operator');
  expect(operator['take_ownership']).toBe(true);
  expect(() => synth({ takeOwnership: true, adopt: true })).toThrow(
    /takeOwnership: true is for an operator without/,
  );
});

test('an upgrade over several hops is refused, with the first hop named', () => {
  expect(() => synth({ runningVersion: 'v3.26.1' })).toThrow(
    /version: v3\.26\.1 → v3\.30\.7: more than one hop at once; hop to 3\.28 first \(3\.26 → 3\.28 → 3\.30\)/,
  );
  expect(() => synth({ runningVersion: 'v3.28.5' })).not.toThrow();
});

test('every mistake in the props is told at once', () => {
  const attempt = (): unknown =>
    synth({
      version: 'v3.28.5',
      runningVersion: 'v3.30.7',
      memoryLimit: '512',
      kubeletVolumePluginPath: 'x',
    });
  expect(attempt).toThrow(/^test\/operator: 3 problems/);
  expect(attempt).toThrow(
    /version: v3\.30\.7 → v3\.28\.5: no known upgrade leads there; Calico is not downgraded/,
  );
  expect(attempt).toThrow(/memoryLimit: "512" is not a quantity in Mi or Gi; use e\.g\. 512Mi/);
  expect(attempt).toThrow(/kubeletVolumePluginPath: where Calico 3\.28 takes it is not known; leave it out/);
});

test('a release that the table does not know is refused with those it does', () => {
  expect(() => synth({ version: 'v3.29.1' })).toThrow(
    /version: "v3\.29\.1" is not a known Calico release; use a full version of 3\.26, 3\.28, 3\.30/,
  );
});
