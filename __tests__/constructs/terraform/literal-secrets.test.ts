import { stringify } from 'yaml';
import { findLiteralSecrets } from '../../../constructs/terraform/literal-secrets';

const kindsIn = (document: unknown): string[] => findLiteralSecrets(document).map(({ kind }) => kind);

// Put together at run time, so that no scanner takes this file for a leak.
const privateKey = ['-----BEGIN', 'PRIVATE KEY-----'].join(' ');

test.each([
  ['a private key', `x ${privateKey} y`],
  ['a URL with a password', 'postgresql://user:hunter2@host/db'],
  ['a URL with a password', 'https://:hunter2@host'],
  ['a URL with a password', 'postgresql://{{ .username }}:hunter2@host'],
  ['a Slack webhook', 'https://hooks.slack.com/services/T0/B0/xyz'],
  ['a Slack token', 'xoxb-1234567890-abcdef'],
  ['a Vault token', `hvs.${'a'.repeat(24)}`],
  ['a GitHub token', `ghp_${'a'.repeat(36)}`],
  ['an AWS access key', `AKIA${'A'.repeat(16)}`],
  ['a JSON web token', `eyJ${'a'.repeat(10)}.${'b'.repeat(10)}.${'c'.repeat(10)}`],
  ['a password hash', 'SCRAM-SHA-256$4096:salt$a:b'],
])('%s is found wherever it stands', (kind, text) => {
  expect(findLiteralSecrets({ resource: { any: [{ note: text }] } })).toEqual([
    { path: 'resource.any.0.note', kind },
  ]);
});

test.each([
  'https://host:8443/path@x',
  'postgresql://user@host/db',
  'postgresql://{{ .username }}:{{ .password | urlquery }}@host/db',
  'https://${var.user}:${var.password}@host',
  'goldmane.calico-system.svc.cluster.local:7443',
  'image@sha256:0123',
])('%s is no literal secret', (text) => {
  expect(findLiteralSecrets({ note: text })).toEqual([]);
});

test('an attribute named like a credential may hold a reference, not a value', () => {
  expect(kindsIn({ provider: { x: [{ password: 'hunter2', adminToken: 'hunter2' }] } })).toEqual([
    'a value for password',
    'a value for adminToken',
  ]);
  expect(kindsIn({ provider: { x: [{ password: '${var.password}', token: '' }] } })).toEqual([]);
});

test('an environment variable named like a credential may not have a value, the name of a file may', () => {
  expect(kindsIn({ env: [{ name: 'DB_PASSWORD', value: 'hunter2' }] })).toEqual(['a value for DB_PASSWORD']);
  expect(kindsIn({ env: [{ name: 'DB_PASSWORD_FILE', value: '/etc/x' }] })).toEqual([]);
});

test('a Secret must be an empty shell, as a resource and as a manifest', () => {
  const resource = (body: object): object => ({ resource: { kubernetes_secret_v1: { shell: body } } });
  expect(kindsIn(resource({ data: { key: 'x' } }))).toEqual(['the contents of a Secret']);
  expect(kindsIn(resource({ data_wo: {}, data_wo_revision: 1 }))).toEqual([]);
  const manifest = stringify({ kind: 'Secret', stringData: { key: 'x' } });
  expect(kindsIn({ yaml_body: manifest })).toEqual(['the contents of a Secret']);
});

test('a Helm value named like a credential is found inside its YAML, once', () => {
  expect(
    kindsIn({ helm_release: { x: { values: [stringify({ admin: { password: 'hunter2' } })] } } }),
  ).toEqual(['a value for password']);
  expect(kindsIn({ yaml_body: stringify({ note: 'postgresql://u:hunter2@h' }) })).toEqual([
    'a URL with a password',
  ]);
});

test('what is told about a finding never holds the secret', () => {
  const found = findLiteralSecrets({ a: { token: 'hunter2' }, b: 'https://u:hunter2@h', c: privateKey });
  expect(found).toHaveLength(3);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});
