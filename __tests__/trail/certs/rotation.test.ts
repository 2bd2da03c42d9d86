import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { aggregator as names, calico } from '../../../contract';
import {
  createGoldmanePki,
  issueServerPair,
  type GoldmanePki,
} from '../../../demo/certificates/goldmane-pki';
import { Clock } from '../../../demo/goldmane/clock';
import { flowReport, Reporter } from '../../../demo/goldmane/flow';
import { SimulatedGoldmane } from '../../../demo/goldmane/simulated-goldmane';
import { run } from '../../../trail/cli/run';
import { AggregatorProcess } from '../../support/aggregator';
import { eventually } from '../../support/eventually';
import { startKubernetesApi, type KubernetesApi, type KubernetesObject } from '../../support/kubernetes-api';
import type { TestDatabase } from '../../support/postgres';
import { trailDatabase, withDatabase } from '../../support/trail-database';

jest.setTimeout(120_000);

const firstWindow = 1_795_000_200;
let folder: string;
let api: KubernetesApi;
let pki: GoldmanePki;
let clock: Clock;
let goldmane: SimulatedGoldmane;
let database: TestDatabase;
let aggregator: AggregatorProcess;
let secretCopy: string;
let caCopy: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rotation-'));
  api = await startKubernetesApi();
  secretCopy = api.put('secrets', object('Secret', names.namespace, names.clientTlsSecret, {}));
  caCopy = api.put('configmaps', object('ConfigMap', names.namespace, names.caConfigMap, {}));
  pki = await createGoldmanePki();
  operatorWrites(pki);
  await syncCerts();
  kubeletMounts();
  clock = new Clock(firstWindow + 1, 0);
  goldmane = new SimulatedGoldmane({ tls: pki, clock });
  await goldmane.start();
  database = await trailDatabase();
  aggregator = AggregatorProcess.start({
    goldmane: goldmane.address,
    files: {
      certPath: join(folder, 'tls', 'tls.crt'),
      keyPath: join(folder, 'tls', 'tls.key'),
      caPath: join(folder, 'ca', calico.caConfigMapKey),
    },
    databaseUrl: database.url,
  });
  await eventually(() => goldmane.openStreams === 1, 'the stream is open', 30);
});

afterEach(async () => {
  await aggregator.kill();
  await goldmane.stop();
  await database.drop();
  await api.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the operator renews the pair: the copy follows, the stream goes on with the new one, no window is lost', async () => {
  pass(3);
  await recordIsExact();
  const renewed = {
    ...pki,
    client: await pki.authority.issue({ name: 'whisker-backend.calico-system.svc' }),
    server: await issueServerPair(pki.authority),
  };
  operatorWrites(renewed);
  expect(await syncCerts()).toMatch(/^client pair copied .*CA bundle unchanged\n$/);
  kubeletMounts();
  goldmane.useTls(renewed);
  goldmane.dropConnections();
  pass(3);
  await eventually(() => goldmane.openStreams === 1, 'the stream is open again', 60);
  pass(3);
  await recordIsExact();
  expect(isRunning()).toBe(true);
});

test('the operator renews its CA: refused until the copies follow, then on as before, no window is lost', async () => {
  pass(3);
  await recordIsExact();
  const next = await createGoldmanePki();
  operatorWrites(next);
  goldmane.useTls(next);
  goldmane.dropConnections();
  pass(4);
  await eventually(() => aggregator.log.some(isTlsRefusal), 'the old CA is refused, and the log says so', 60);
  expect(goldmane.openStreams).toBe(0);
  expect(await syncCerts()).toMatch(/^client pair copied .*CA bundle copied\n$/);
  // Two volumes: the kubelet brings the new pair and the new CA at different times.
  kubeletMounts('tls');
  pass(1);
  kubeletMounts('ca');
  await eventually(() => goldmane.openStreams === 1, 'the stream is open again', 60);
  pass(3);
  await recordIsExact();
  expect(isRunning()).toBe(true);
});

const isRunning = (): boolean =>
  aggregator.process.exitCode === null && aggregator.process.signalCode === null;

const isTlsRefusal = (line: object): boolean => /certificate/i.test(JSON.stringify(line));

function operatorWrites({ client, ca }: GoldmanePki): void {
  const encode = (value: string): string => Buffer.from(value).toString('base64');
  const data = { 'tls.crt': encode(client.certificate), 'tls.key': encode(client.key) };
  api.put('secrets', object('Secret', calico.namespace, calico.clientKeyPairSecret, data));
  api.put(
    'configmaps',
    object('ConfigMap', calico.namespace, calico.caConfigMap, { [calico.caConfigMapKey]: ca }),
  );
}

async function syncCerts(): Promise<string> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const env = { KUBECONFIG: api.kubeconfigPath };
  const { signal } = new AbortController();
  const code = await run(['sync-certs'], { env, stdin, stdout, stderr, signal });
  stdout.end();
  expect(code).toBe(0);
  return text(stdout);
}

let mounts = 0;

/** Brings the copies into the pod's folders as the kubelet does: a new folder, then one link swapped. */
function kubeletMounts(...volumes: ('tls' | 'ca')[]): void {
  const { data: pair } = api.get(secretCopy) as unknown as { data: Record<string, string> };
  const { data: ca } = api.get(caCopy) as unknown as { data: Record<string, string> };
  const decoded = Object.entries(pair).map(
    ([key, value]) => [key, Buffer.from(value, 'base64').toString()] as const,
  );
  const contents = { tls: Object.fromEntries(decoded), ca };
  for (const volume of volumes.length > 0 ? volumes : (['tls', 'ca'] as const)) {
    const at = join(folder, volume);
    const version = `..version-${++mounts}`;
    mkdirSync(join(at, version), { recursive: true });
    for (const [key, value] of Object.entries(contents[volume])) writeFileSync(join(at, version, key), value);
    symlinkSync(version, join(at, '..data_tmp'));
    renameSync(join(at, '..data_tmp'), join(at, '..data'));
    for (const key of Object.keys(contents[volume])) {
      rmSync(join(at, key), { force: true });
      symlinkSync(join('..data', key), join(at, key));
    }
  }
}

/** Lets windows pass, each with both records of one flow. */
function pass(windows: number): void {
  for (let index = 0; index < windows; index++) {
    const time = Math.floor(clock.now() / 15) * 15 + 2;
    for (const reporter of [Reporter.src, Reporter.dst]) {
      const key = { source_namespace: 'web', dest_namespace: 'db', reporter };
      goldmane.addFlow(flowReport(time, key, { num_connections_started: 1, bytes_out: 10, bytes_in: 10 }));
    }
    clock.advance(15);
  }
}

/** Every window that was streamed is in the database, once. */
async function recordIsExact(): Promise<void> {
  const until = Math.floor(clock.now() / 15) * 15 - 15;
  const expected = goldmane.ledger.edges(0, until).map(({ flow_count: count }) => count);
  expect(expected).toHaveLength(1);
  await eventually(
    () =>
      withDatabase(database.url, async (client) => {
        const { rows } = await client.query<{ count: number }>(
          'SELECT flow_count::float8 AS count FROM edge',
        );
        return rows.length === 1 && rows[0]?.count === expected[0];
      }),
    `the database has ${String(expected[0])} observations`,
    60,
  );
}

function object(
  kind: 'Secret' | 'ConfigMap',
  namespace: string,
  name: string,
  data: Record<string, string>,
): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { namespace, name }, data };
}
