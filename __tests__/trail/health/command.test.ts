import type { Client } from 'pg';
import { aggregator } from '../../../contract';
import { openDatabase } from '../../../trail/store/database';
import { Authority } from '../../../demo/certificates/authority';
import { startKubernetesApi, type KubernetesApi } from '../../support/kubernetes-api';
import type { TestDatabase } from '../../support/postgres';
import { runTrail, type Outcome } from '../../support/run-trail';
import { trailDatabase } from '../../support/trail-database';

const { namespace } = aggregator;
let authority: Authority;
let api: KubernetesApi;
let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  authority = await Authority.create();
});

beforeEach(async () => {
  api = await startKubernetesApi();
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
});

afterEach(async () => {
  await client.end();
  await database.drop();
  await api.stop();
});

const health = (...argv: string[]): Promise<Outcome> =>
  runTrail(['health', ...argv], { DATABASE_URL: database.url, KUBECONFIG: api.kubeconfigPath });

async function everythingWell(): Promise<void> {
  putDeployment('True');
  await putCertificate(90);
  await client.query(
    "INSERT INTO writer (cluster, settled_until, live_until) VALUES ('default', now() - interval '10 minutes', now() - interval '20 seconds')",
  );
  await client.query(
    "INSERT INTO coverage VALUES ('default', now() - interval '40 days', now() - interval '10 minutes', 'settled')",
  );
  await client.query("INSERT INTO digest VALUES ('default', now() - interval '3 hours')");
}

function putDeployment(status: 'True' | 'False'): void {
  api.put('deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: aggregator.deployment, namespace },
    status: {
      conditions: [{ type: 'Available', status, message: 'Deployment does not have minimum availability.' }],
    },
  });
}

async function putCertificate(days: number): Promise<void> {
  const pair = await authority.issue({ name: 'client', notAfter: new Date(Date.now() + days * 86_400_000) });
  api.put('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: aggregator.clientTlsSecret, namespace },
    data: { 'tls.crt': Buffer.from(pair.certificate).toString('base64') },
  });
}

async function statuses(...argv: string[]): Promise<Record<string, string>> {
  const { stdout } = await health('--json', ...argv);
  const { checks } = JSON.parse(stdout) as { checks: { check: string; status: string }[] };
  return Object.fromEntries(checks.map(({ check, status }) => [check, status]));
}

test('a trail that is well says so line by line, and nothing with --quiet', async () => {
  await everythingWell();
  const { exitCode, stdout } = await health();
  expect(stdout).toMatch(
    /^OK {6}deployment +available\nOK {6}certificate +valid for \d+d, until .*\nOK {6}record +last window 2\ds ago\nOK {6}coverage +all of the last 24 h was recorded\nOK {6}digest +went through 3h ago\n$/,
  );
  expect(exitCode).toBe(0);
  expect(await health('--quiet')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(JSON.parse((await health('--json')).stdout)).toMatchObject({ healthy: true });
});

test('nothing deployed and nothing recorded fails in every check that can see it', async () => {
  const { exitCode } = await health();
  expect(exitCode).toBe(1);
  expect(await statuses()).toEqual({
    deployment: 'fail',
    certificate: 'fail',
    record: 'fail',
    coverage: 'fail',
    digest: 'warn',
  });
});

test('each check finds its own trouble', async () => {
  await everythingWell();
  putDeployment('False');
  await putCertificate(3);
  await client.query(
    "UPDATE writer SET settled_until = now() - interval '40 minutes', live_until = now() - interval '20 minutes'",
  );
  await client.query('DELETE FROM coverage');
  await client.query(
    `INSERT INTO coverage VALUES ('default', now() - interval '2 days', now() - interval '5 hours', 'settled'),
       ('default', now() - interval '5 hours', now() - interval '4 hours', 'gap'),
       ('default', now() - interval '4 hours', now() - interval '40 minutes', 'settled')`,
  );
  await client.query("UPDATE digest SET last_success_at = now() - interval '3 days'");
  expect(await statuses()).toEqual({
    deployment: 'fail',
    certificate: 'warn',
    record: 'fail',
    coverage: 'warn',
    digest: 'fail',
  });
  const { stdout } = await health('--quiet');
  expect(stdout).toContain(
    'FAIL    deployment  not available: Deployment does not have minimum availability.',
  );
  expect(stdout).toMatch(/WARN {4}coverage +no record from .* \(1h\)/);
});

test('warnings alone do not fail the check', async () => {
  await everythingWell();
  await putCertificate(3);
  expect((await health()).exitCode).toBe(0);
});

test('what cannot be looked at is unknown, not well, and hides nothing of the rest', async () => {
  await everythingWell();
  api.fail('GET', /secrets/, 403);
  expect(await statuses()).toMatchObject({ deployment: 'ok', certificate: 'unknown', record: 'ok' });
  const noDatabase = await runTrail(['health'], {
    DATABASE_URL: 'postgresql://u:hidden@127.0.0.1:1/x',
    KUBECONFIG: api.kubeconfigPath,
  });
  expect(noDatabase.exitCode).toBe(1);
  expect(noDatabase.stdout).toMatch(/OK +deployment/);
  expect(noDatabase.stdout).toMatch(/UNKNOWN record +\[database-unreachable\]/);
  expect(noDatabase.stdout).not.toContain('hidden');
});

test('checks that do not apply are left out, and an unknown one is refused', async () => {
  await everythingWell();
  expect(await statuses('--skip', 'deployment', 'certificate')).toEqual({
    record: 'ok',
    coverage: 'ok',
    digest: 'ok',
  });
  expect((await health('--skip', 'moon')).exitCode).toBe(2);
});
