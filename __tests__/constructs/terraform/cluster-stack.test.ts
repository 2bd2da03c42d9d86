import { ClusterStack } from '../../../constructs/terraform/cluster-stack';
import { AdoptedNamespace } from '../../../constructs/calico/adopted-namespace';
import { parseSettings } from '../../../settings';
import { terraformSettings } from '../../../settings/terraform';
import { synthConstruct, synthStack } from '../../support/synth';

const terraform = (settings: object): Readonly<Record<string, unknown>> =>
  synthStack(
    (app) =>
      new ClusterStack(app, 'goldmane-edge-aggregator', {
        terraform: terraformSettings.parse(settings),
        providers: ['kubernetes', 'helm', 'kubectl', 'vault'],
      }),
  ).json;

test('state is kept in a local file with no path of this machine in the JSON', () => {
  expect(terraform({})).toHaveProperty(
    'terraform.backend.local.path',
    '../../../terraform.goldmane-edge-aggregator.tfstate',
  );
});

test('each stack has a PostgreSQL schema of its own and no connection string in the JSON', () => {
  expect(terraform({ backend: { type: 'pg' } })).toHaveProperty('terraform.backend', {
    pg: { schema_name: 'trail_goldmane_edge_aggregator' },
  });
});

test('any other backend takes its configuration from the settings, the stack named in it', () => {
  const backend = { type: 'other', name: 's3', config: { bucket: 'states', key: '{stack}.tfstate' } };
  expect(terraform({ backend })).toHaveProperty('terraform.backend', {
    s3: { bucket: 'states', key: 'goldmane-edge-aggregator.tfstate' },
  });
});

test('a credential in the backend settings is refused without being shown', () => {
  const backend = { type: 'other', name: 's3', config: { secret_key: 'hunter2' } };
  const attempt = (): unknown => parseSettings({ terraform: { backend } });
  expect(attempt).toThrow(/terraform\.backend\.config\.secret_key: looks like a credential/);
  expect(attempt).not.toThrow(/hunter2/);
});

test('provider versions are ranges, so that fixes can be taken', () => {
  expect(terraform({})).toHaveProperty('terraform.required_providers', {
    kubernetes: { source: 'kubernetes', version: '>= 2.38, < 4' },
    helm: { source: 'helm', version: '>= 3.1, < 4' },
    kubectl: { source: 'alekc/kubectl', version: '>= 2.1, < 4' },
    vault: { source: 'hashicorp/vault', version: '>= 5.6, < 6' },
  });
});

test('every provider reaches the cluster that the kubeconfig settings name', () => {
  const settings = { kubernetes: { kubeconfigPath: '/k', kubeconfigContext: 'prod' } };
  const connection = { config_path: '/k', config_context: 'prod' };
  expect(terraform(settings)['provider']).toEqual({
    kubernetes: [connection],
    helm: [{ kubernetes: connection }],
    kubectl: [connection],
    vault: [{}],
  });
});

test('in a pod no provider looks for a kubeconfig', () => {
  expect(terraform({ kubernetes: { access: 'in-cluster' } })['provider']).toEqual({
    kubernetes: [{}],
    helm: [{ kubernetes: {} }],
    kubectl: [{ load_config_file: false }],
    vault: [{}],
  });
});

test('an address never collides with another: "_" in a construct id is refused', () => {
  expect(() => synthConstruct((scope) => new AdoptedNamespace(scope, 'a_b', { name: 'a' }))).toThrow(
    /construct id "a_b" in test\/a_b/,
  );
});
