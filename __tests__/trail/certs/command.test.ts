import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { aggregator, calico } from '../../../contract';
import { run } from '../../../trail/cli/run';
import { Authority, type Pair } from '../../../demo/certificates/authority';
import { startKubernetesApi, type KubernetesApi } from '../../support/kubernetes-api';

let api: KubernetesApi;
let authority: Authority;
let pair: Pair;
let secretCopy: string;
let caCopy: string;

beforeAll(async () => {
  authority = await Authority.create();
  pair = await authority.issue({ name: 'whisker-backend' });
});

beforeEach(async () => {
  api = await startKubernetesApi();
  secretCopy = api.put('secrets', secret(aggregator.namespace, aggregator.clientTlsSecret, {}));
  caCopy = api.put('configmaps', configMap(aggregator.namespace, aggregator.caConfigMap, {}));
});

afterEach(() => api.stop());

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function syncCerts(
  args: readonly string[] = [],
  signal = new AbortController().signal,
): Promise<Result> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const env = { KUBECONFIG: api.kubeconfigPath };
  const code = await run(['sync-certs', ...args], { env, stdin, stdout, stderr, signal });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

function putSource(source: Pair, ca: string): void {
  api.put('secrets', secret(calico.namespace, calico.clientKeyPairSecret, tlsData(source)));
  api.put('configmaps', configMap(calico.namespace, calico.caConfigMap, { [calico.caConfigMapKey]: ca }));
}

const writes = (): string[] =>
  api.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

test('a fresh cluster: the pair and the bundle arrive in the empty copies', async () => {
  putSource(pair, authority.bundle);
  const { code, stdout, stderr } = await syncCerts();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^client pair copied \(CN=whisker-backend, expires \d{4}-\d\d-\d\d\), CA bundle copied\n$/,
  );
  expect(api.get(secretCopy)).toMatchObject({ data: tlsData(pair) });
  expect(api.get(caCopy)).toMatchObject({ data: { [calico.caConfigMapKey]: authority.bundle } });
});

test('a second run writes nothing and says so', async () => {
  putSource(pair, authority.bundle);
  await syncCerts();
  const before = writes().length;
  const { code, stdout } = await syncCerts();
  expect(code).toBe(0);
  expect(stdout).toMatch(/^nothing changed: client pair \(.*\) and CA bundle are the same\n$/);
  expect(writes()).toHaveLength(before);
});

test('a rotated pair is copied, the unchanged bundle is left alone', async () => {
  putSource(pair, authority.bundle);
  await syncCerts();
  const next = await authority.issue({ name: 'whisker-backend' });
  putSource(next, authority.bundle);
  const before = writes().length;
  const { stdout } = await syncCerts();
  expect(stdout).toContain('client pair copied');
  expect(stdout).toContain('CA bundle unchanged');
  expect(writes().slice(before)).toEqual([`PATCH ${secretCopy}`]);
  expect(api.get(secretCopy)).toMatchObject({ data: tlsData(next) });
});

test('a new CA: the bundle goes first, so that no reader trusts less than it should', async () => {
  putSource(pair, authority.bundle);
  await syncCerts();
  const other = await Authority.create();
  putSource(await other.issue({ name: 'whisker-backend' }), authority.bundle + other.bundle);
  const before = writes().length;
  await syncCerts();
  expect(writes().slice(before)).toEqual([`PATCH ${caCopy}`, `PATCH ${secretCopy}`]);
});

test.each([
  [
    'key and certificate of different pairs',
    'key-pair-mismatch',
    async (): Promise<void> => {
      const next = await authority.issue({ name: 'whisker-backend' });
      putSource({ certificate: pair.certificate, key: next.key }, authority.bundle);
    },
  ],
  [
    'a pair that the bundle does not vouch for',
    'certificate-untrusted',
    async (): Promise<void> => {
      putSource(pair, (await Authority.create()).bundle);
    },
  ],
  [
    'a Secret without a key',
    'key-unreadable',
    async (): Promise<void> => {
      putSource({ certificate: pair.certificate, key: '' }, authority.bundle);
      await Promise.resolve();
    },
  ],
  [
    'a certificate cut off in the middle',
    'certificate-unreadable',
    async (): Promise<void> => {
      putSource({ certificate: pair.certificate.slice(0, 300), key: pair.key }, authority.bundle);
      await Promise.resolve();
    },
  ],
  [
    'an expired pair',
    'certificate-expired',
    async (): Promise<void> => {
      const notAfter = new Date(Date.now() - 1000);
      putSource(await authority.issue({ name: 'whisker-backend', notAfter }), authority.bundle);
    },
  ],
])('%s: the good copy stays as it is, and the reason is told', async (_what, expected, arrange) => {
  putSource(pair, authority.bundle);
  await syncCerts();
  await arrange();
  const before = writes().length;
  const { code, stdout, stderr } = await syncCerts();
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(`[${expected}]`);
  expect(stderr).not.toContain('PRIVATE KEY');
  expect(writes()).toHaveLength(before);
  expect(api.get(secretCopy)).toMatchObject({ data: tlsData(pair) });
});

test('without Whisker there is no pair: the message says what to deploy', async () => {
  const { code, stderr } = await syncCerts();
  expect(code).toBe(1);
  expect(stderr).toContain('Secret calico-system/whisker-backend-key-pair does not exist');
  expect(stderr).toContain('deploy the calico stack');
});

test('at deploy it waits for the operator, saying why, and goes on when the pair is there', async () => {
  const arrived = syncCerts(['--wait-seconds', '60']);
  while (api.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
  putSource(pair, authority.bundle);
  const { code, stdout, stderr } = await arrived;
  expect(code).toBe(0);
  expect(stderr.match(/waiting: /g)).toHaveLength(1);
  expect(stdout).toContain('client pair copied');
});

test('SIGTERM ends the wait at once', async () => {
  const stop = new AbortController();
  const waiting = syncCerts(['--wait-seconds', '3600'], stop.signal);
  while (api.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  const { code, stderr } = await waiting;
  expect(code).toBe(1);
  expect(stderr).toContain('[interrupted]');
});

test('two syncs at the same time: the slower one reads again instead of writing over the faster', async () => {
  putSource(pair, authority.bundle);
  api.before('PATCH', /secrets/, () => {
    api.put('secrets', secret(aggregator.namespace, aggregator.clientTlsSecret, tlsData(pair)));
  });
  const { code, stdout } = await syncCerts();
  expect(code).toBe(0);
  expect(stdout).toContain('nothing changed');
  expect(writes()).toEqual([`PATCH ${caCopy}`, `PATCH ${secretCopy}`]);
});

test('a copy that is written all the time: it is given up with a reason, never overwritten blindly', async () => {
  putSource(pair, authority.bundle);
  api.fail('PATCH', /secrets/, 409);
  const { code, stderr } = await syncCerts();
  expect(code).toBe(1);
  expect(stderr).toContain('[kubernetes-conflict]');
  const patches = api.requests.filter(({ method, path }) => method === 'PATCH' && path === secretCopy);
  expect(patches).toHaveLength(4);
  for (const { body } of patches) {
    expect(body).toMatchObject({ metadata: { resourceVersion: expect.any(String) as string } });
  }
});

test('a missing right is told with the verb and the object', async () => {
  putSource(pair, authority.bundle);
  api.fail('PATCH', /configmaps/, 403);
  const { code, stderr } = await syncCerts();
  expect(code).toBe(1);
  expect(stderr).toContain(
    '[kubernetes-forbidden] PATCH /api/v1/namespaces/goldmane-edge-aggregator/configmaps',
  );
});

test('a dry run checks and compares but writes nothing', async () => {
  putSource(pair, authority.bundle);
  const { code, stdout } = await syncCerts(['--dry-run']);
  expect(code).toBe(0);
  expect(stdout).toContain('client pair would be copied');
  expect(writes()).toEqual([]);
});

test('a wait that is no number is wrong usage', async () => {
  const { code, stderr } = await syncCerts(['--wait-seconds', 'soon']);
  expect(code).toBe(2);
  expect(stderr).toContain('use whole seconds');
});

function tlsData({ certificate, key }: Pair): Record<string, string> {
  const encode = (value: string): string => Buffer.from(value).toString('base64');
  return { 'tls.crt': encode(certificate), 'tls.key': encode(key) };
}

function secret(
  namespace: string,
  name: string,
  data: Record<string, string>,
): Parameters<KubernetesApi['put']>[1] {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data };
}

function configMap(
  namespace: string,
  name: string,
  data: Record<string, string>,
): Parameters<KubernetesApi['put']>[1] {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data };
}
