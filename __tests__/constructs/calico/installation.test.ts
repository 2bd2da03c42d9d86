import { parse } from 'yaml';
import { Installation } from '../../../constructs/calico/installation';
import { synthConstruct } from '../../support/synth';

const spec = { calicoNetwork: { ipPools: [{ cidr: '10.244.0.0/16' }] } };
const stack = synthConstruct((scope) => new Installation(scope, 'installation', { spec, adopt: true }));

test('the data plane is installed as the settings say, then its API server', () => {
  const installation = stack.resource('kubectl_manifest.installation_installation');
  expect(parse(installation['yaml_body'] as string)).toEqual({
    apiVersion: 'operator.tigera.io/v1',
    kind: 'Installation',
    metadata: { name: 'default' },
    spec,
  });
  const apiServer = stack.resource('kubectl_manifest.installation_apiserver');
  expect(parse(apiServer['yaml_body'] as string)).toMatchObject({ kind: 'APIServer', spec: {} });
  expect(apiServer['depends_on']).toEqual(['kubectl_manifest.installation_installation']);
});

test('a plan that would delete either, and the network with it, is refused', () => {
  for (const address of stack.addresses) {
    expect(stack.resource(address)['lifecycle']).toEqual({ prevent_destroy: true });
  }
});

test('existing ones are imported', () => {
  expect(stack.imports).toEqual({
    'kubectl_manifest.installation_installation': 'operator.tigera.io/v1//Installation//default',
    'kubectl_manifest.installation_apiserver': 'operator.tigera.io/v1//APIServer//default',
  });
});
