import { watchStream } from '../../../trail/aggregator/stream-watch';
import { GoldmaneConnection } from '../../../trail/goldmane/connection';
import { FlowDecoder } from '../../../trail/goldmane/flow-decoder';
import { readTlsFiles } from '../../../trail/goldmane/tls-files';
import { eventually } from '../../support/eventually';
import { Scene } from '../../support/scene';

/** As in the service, a hundred times as fast. */
const TIMES = { checkEveryMs: 50, silenceMs: 600, overdueMs: 600 };

let scene: Scene;
let connection: GoldmaneConnection;
let newestWindow = 0;
const stop = new AbortController();

beforeEach(async () => {
  scene = await Scene.open();
  scene.pass(4);
  const { certPath: cert, keyPath: key, caPath: ca } = scene.files;
  connection = await GoldmaneConnection.open(
    { address: scene.goldmane.address, serverName: 'goldmane', insecure: false },
    readTlsFiles({ cert, key, ca }),
  );
  newestWindow = 0;
  const decoder = new FlowDecoder(1);
  void connection
    .stream(
      { secondsAgo: 3_540 },
      (buffer, start, end) => {
        decoder.decode(buffer, start, end);
        newestWindow = Math.max(newestWindow, decoder.windowStart);
      },
      stop.signal,
    )
    .catch(() => undefined);
  await eventually(() => newestWindow === scene.streamedUntil - 15, 'the stream has caught up');
});
afterEach(async () => {
  connection.close();
  await scene.close();
});

function watch(certificatesChanged = () => false): Promise<string | undefined> {
  return watchStream(
    { connection, decoder: new FlowDecoder(2), newestWindow: () => newestWindow, certificatesChanged },
    AbortSignal.timeout(8_000),
    TIMES,
  );
}

test('a stream that stalls while Goldmane lists newer flows is never noticed', async () => {
  scene.goldmane.hang(true, 'streams');
  scene.pass(3);
  expect(await watch()).toBe('goldmane lists flows that it does not stream');
});

test('a Goldmane that says nothing at all is never noticed', async () => {
  scene.goldmane.hang(true);
  const connectionIsDead = watch();
  // Its own time limit for an answer is ten seconds: hang up instead.
  await eventually(() => scene.goldmane.calls.some(({ call }) => call === 'List'), 'it has asked');
  scene.goldmane.dropConnections();
  expect(await connectionIsDead).toBe('goldmane is silent and does not answer');
});

test('a quiet cluster, whose stream is silent, is left in peace', async () => {
  scene.pass(6, { traffic: false });
  expect(await watch()).toBeUndefined();
  expect(scene.goldmane.calls.filter(({ call }) => call === 'List').length).toBeGreaterThan(3);
}, 20_000);

test('a window that is listed before it is streamed is waited for', async () => {
  scene.goldmane.hang(true, 'streams');
  scene.pass(3);
  const watching = watch();
  await eventually(() => scene.goldmane.calls.some(({ call }) => call === 'List'), 'it has asked');
  scene.goldmane.hang(false, 'streams');
  // The last one is streamed when the one after it has closed.
  scene.pass(1, { traffic: false });
  expect(await watching).toBeUndefined();
}, 20_000);

test('new certificates are taken up', async () => {
  expect(await watch(() => true)).toBe('certificates changed');
});
