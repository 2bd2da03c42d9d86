import { formatGithub } from '../../review/format/github';
import { formatJson } from '../../review/format/json';
import { formatMarkdown } from '../../review/format/markdown';
import { formatSarif } from '../../review/format/sarif';
import { formatText, plain } from '../../review/format/text';
import { Mask } from '../../review/mask';
import { review } from '../../review/review';
import { rules } from '../../review/rules';
import type { Plan } from '../../review/plan/plan';
import { change, manifest, planOf, state } from '../support/plan';

const now = new Date('2026-11-21T12:00:00Z');

function everyFormat(plan: Plan): string {
  const result = review(plan, { now });
  return [
    formatText(result, { paint: plain, width: 100, full: true }),
    formatMarkdown(result, { full: true }),
    formatJson(result),
    formatSarif(result, { uri: 'plan.json', rules }),
    formatGithub(result),
  ].join('\n');
}

// Written in parts, so that nobody's scanner takes this file for a leak.
const secrets = {
  sensitive: 'correct horse battery staple',
  short: 'pw1',
  awsKey: ['AKIA', 'ABCDEFGHIJKLMNOP'].join(''),
  github: ['ghp_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join(''),
  slack: ['https://hooks.slack.com/services', 'T000/B000/abcdefgh12345678'].join('/'),
  pem: ['-----BEGIN PRIVATE', 'KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END PRIVATE KEY-----'].join(' '),
  url: 'postgres://app:s3cr3t-in-url@db:5432/x',
  jwt: ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'abc'].join('.'),
};

const plan = planOf(
  [
    change(
      'aws_db_instance.d',
      { note: 'a' },
      { user: secrets.sensitive, pin: 4711, flag: secrets.short },
      {
        change: { after_sensitive: { user: true, pin: true, flag: true } },
      },
    ),
    change('kubernetes_secret_v1.s', null, {
      metadata: [{ name: 's' }],
      data: { a: 'topsecretdata' },
      type: 'Opaque',
    }),
    manifest(null, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'm', namespace: 'shop' },
      stringData: { user: 'manifest-secret-value' },
    }),
    change('terraform_data.copy', null, {
      input: `again: ${secrets.sensitive}, manifest-secret-value`,
      aws: secrets.awsKey,
      github: `token ${secrets.github}`,
      pem: secrets.pem,
      url: secrets.url,
      jwt: secrets.jwt,
      env: [{ name: 'DB_PASSWORD', value: 'plainly-visible' }],
      admin_password: 'under-its-name',
      hook: secrets.slack,
    }),
    change('null_resource.k["for topsecretdata"]', null, { triggers: { a: 'x' } }),
  ],
  {
    variables: { p: { value: 'variable-secret-1' } },
    configuration: {
      root_module: { variables: { p: { sensitive: true } } },
      provider_config: { helm: { expressions: { password: { constant_value: 'provider-secret-1' } } } },
    },
    output_changes: {
      o: {
        actions: ['create'],
        before: null,
        after: 'output-secret-1',
        before_sensitive: true,
        after_sensitive: true,
      },
    },
    prior_state: state([
      {
        address: 'data.vault_kv_secret_v2.v',
        mode: 'data',
        type: 'vault_kv_secret_v2',
        values: { data: { k: 'from-the-vault' } },
        sensitive_values: { data: true },
      },
    ]),
  },
);

test.each([
  secrets.sensitive,
  'pw1',
  '4711',
  'topsecretdata',
  'manifest-secret-value',
  secrets.awsKey,
  secrets.github,
  'MIIEvQIBADANBgkqhkiG',
  's3cr3t-in-url',
  secrets.jwt,
  'plainly-visible',
  'under-its-name',
  'T000/B000',
  'variable-secret-1',
  'provider-secret-1',
  'output-secret-1',
  'from-the-vault',
])('no format shows "%s"', (secret) => {
  expect(everyFormat(plan)).not.toContain(secret);
});

test('each of them is reported as visible in the plan', () => {
  const found = review(plan, { now }).findings.filter((each) => each.rule === 'secret-visible');
  expect(found.map((each) => each.address ?? each.seen[0]).sort()).toEqual([
    'aws_db_instance.d',
    'data.vault_kv_secret_v2.v',
    'kubectl_manifest.it',
    'kubernetes_secret_v1.s',
    'output o: sensitive, in clear in the plan and in the state',
    'provider helm is configured with password.constant_value',
    'terraform_data.copy',
    'the sensitive variable p is in the plan in clear',
  ]);
});

test('a plan can neither steer the terminal nor the pipeline that shows it', () => {
  const nasty = '\u001b[2Jgone\u202e\r\n::error::forged @everyone <script> | `x`';
  const shown = everyFormat(planOf([change('terraform_data.x', { input: 'a' }, { input: nasty })]));
  // eslint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(shown).not.toMatch(/^::error::forged/m);
  expect(
    formatMarkdown(review(planOf([change('a.b["<script>@x"]', { a: 1 }, null)]), { now }), {
      full: true,
    }).replace(/`[^`]*`/g, ''),
  ).not.toMatch(/<script>|<summary>[^<]*@x/);
});

test('what is worth reading stays readable', () => {
  const mask = new Mask(planOf());
  for (const text of [
    'ghcr.io/a/b@sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',
    'v3.30.7',
    'kubernetes.io/metadata.name=traefik',
    'goldmane-edge-aggregator/goldmane-edges-db-creds',
    'e50d5461-70c1-41a7-b1de-7187161cc8e9',
    'https://docs.tigera.io/calico/charts',
    'module.calico_system_and_more["some-long-key-of-a-map"].kubernetes_network_policy_v1.allow_dns_cluster_ip',
  ]) {
    expect(mask.text(text)).toBe(text);
  }
});
