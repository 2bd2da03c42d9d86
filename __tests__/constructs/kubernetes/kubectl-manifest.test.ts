import { KubectlManifest, type KubectlManifestProps } from '../../../constructs/kubernetes/kubectl-manifest';
import { synthConstruct } from '../../support/synth';

const manifest = {
  apiVersion: 'operator.tigera.io/v1',
  kind: 'Goldmane',
  metadata: { name: 'default' },
} as const;

const synth = (props: KubectlManifestProps): ReturnType<typeof synthConstruct> =>
  synthConstruct((scope) => new KubectlManifest(scope, 'object', props));

test('the object is applied as readable YAML, keys in the order given', () => {
  const object = synth({ manifest }).resource('kubectl_manifest.object');
  expect(object).toEqual({
    yaml_body: 'apiVersion: operator.tigera.io/v1\nkind: Goldmane\nmetadata:\n  name: default\n',
  });
});

test('how it is applied reaches Terraform', () => {
  const object = synth({
    manifest,
    applyOnly: true,
    serverSideApply: true,
    forceConflicts: true,
    waitForConditions: [{ type: 'Ready', status: 'True' }],
  }).resource('kubectl_manifest.object');
  expect(object).toMatchObject({
    apply_only: true,
    server_side_apply: true,
    force_conflicts: true,
    wait_for: [{ condition: [{ type: 'Ready', status: 'True' }] }],
  });
});

test('an object that exists already is imported by the id the provider understands', () => {
  const namespaced = { ...manifest, metadata: { name: 'a', namespace: 'b' } };
  expect(synth({ manifest, adopt: true }).imports).toEqual({
    'kubectl_manifest.object': 'operator.tigera.io/v1//Goldmane//default',
  });
  expect(synth({ manifest: namespaced, adopt: true }).imports).toEqual({
    'kubectl_manifest.object': 'operator.tigera.io/v1//Goldmane//a//b',
  });
});

test('text that looks like a Terraform expression reaches the cluster as it is written', () => {
  const object = synth({ manifest: { ...manifest, spec: { text: 'a ${b} %{c}' } } });
  expect(object.resource('kubectl_manifest.object')['yaml_body']).toContain('text: a $${b} %%{c}');
});

test('every mistake in the props is told at once', () => {
  const attempt = (): unknown =>
    synth({
      manifest: { apiVersion: 'v1/x/y', kind: 'goldmane', metadata: { name: 'Default' }, status: {} },
      forceConflicts: true,
    });
  expect(attempt).toThrow(/^test\/object: 5 problems/);
  expect(attempt).toThrow(/manifest\.apiVersion: "v1\/x\/y" is not an API version; use group\/version/);
  expect(attempt).toThrow(/manifest\.kind: "goldmane" is not a kind/);
  expect(attempt).toThrow(/manifest\.metadata\.name: "Default" is not an object name/);
  expect(attempt).toThrow(/manifest\.status: the server owns it; remove it/);
  expect(attempt).toThrow(/forceConflicts: true needs serverSideApply: true/);
});
