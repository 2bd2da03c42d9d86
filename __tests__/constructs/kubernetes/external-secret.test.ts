import { parse } from 'yaml';
import { ExternalSecret, type ExternalSecretProps } from '../../../constructs/kubernetes/external-secret';
import { synthConstruct } from '../../support/synth';

const props: ExternalSecretProps = {
  namespace: 'app',
  name: 'creds',
  labels: { team: 'net' },
  store: 'vault-kv',
  refreshInterval: '15m',
  values: { webhook: { key: 'slack', property: 'url' } },
};

const resourceOf = (more: Partial<ExternalSecretProps> = {}): Readonly<Record<string, unknown>> =>
  synthConstruct((scope) => new ExternalSecret(scope, 'creds', { ...props, ...more })).resource(
    'kubectl_manifest.creds',
  );

test('the served API version, the store, the refresh and one key for each value', () => {
  expect(parse(resourceOf()['yaml_body'] as string)).toEqual({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'creds', namespace: 'app', labels: { team: 'net' } },
    spec: {
      refreshInterval: '15m',
      secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault-kv' },
      target: { name: 'creds', creationPolicy: 'Owner' },
      data: [{ secretKey: 'webhook', remoteRef: { key: 'slack', property: 'url' } }],
    },
  });
});

test('a deployment waits until the secret was read, instead of starting pods that cannot mount it', () => {
  expect(resourceOf()['wait_for']).toEqual([{ condition: [{ type: 'Ready', status: 'True' }] }]);
});

test('a template reaches the operator as it is: Terraform must not take it for its own', () => {
  const template = { URL: 'https://{{ .webhook }}/%2B${not_terraform}' };
  const { yaml_body: yaml } = resourceOf({ template }) as { yaml_body: string };
  expect(yaml).toContain('$${not_terraform}');
  expect(parse(yaml.replaceAll('$${', '${'))).toMatchObject({
    spec: { target: { template: { engineVersion: 'v2', data: template } } },
  });
});

test('no values, or an interval that is none, is refused', () => {
  expect(() => resourceOf({ values: {}, refreshInterval: 'often' })).toThrow(
    /2 problems[^]*values: none given[^]*"often" is not a duration/,
  );
});
