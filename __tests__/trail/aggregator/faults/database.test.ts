import { eventually } from '../../../support/eventually';
import { Scene } from '../../../support/scene';
import { TcpProxy } from '../../../support/tcp-proxy';
import { withDatabase } from '../../../support/trail-database';

jest.setTimeout(150_000);

let scene: Scene;
let proxy: TcpProxy;
let aggregator: ReturnType<Scene['start']>;

beforeEach(async () => {
  scene = await Scene.open();
  proxy = await TcpProxy.open(Number(new URL(scene.database.url).port));
  scene.pass(10);
  aggregator = scene.start({}, proxy.through(scene.database.url));
  await scene.exact();
});
afterEach(async () => {
  await scene.close();
  await proxy.close();
});

test('a database that goes away for a while never slows the reader, and gets everything when it is back', async () => {
  proxy.redirect(1);
  proxy.cut();
  await eventually(
    async () => (await aggregator.metric('trail_database_errors_total')) >= 1,
    'the failure is counted',
  );
  expect((await aggregator.get('/readyz'))?.status).toBe(503);
  scene.pass(30);
  await eventually(
    async () => (await aggregator.metric('trail_newest_window_timestamp_seconds')) >= scene.streamedUntil,
    'the reader goes on',
  );
  proxy.redirect(Number(new URL(scene.database.url).port));
  await scene.exact();
});

test('commits that take ten seconds delay the record and change nothing in it', async () => {
  proxy.slow(1_000);
  scene.pass(3);
  await eventually(
    async () => (await aggregator.metric('trail_newest_window_timestamp_seconds')) >= scene.streamedUntil,
    'the reader goes on',
  );
  scene.pass(3);
  proxy.slow(0);
  await scene.exact();
});

test('a database that turned read-only, as after a failover, is left at once and written to when it is the primary again', async () => {
  await setReadOnly(true);
  proxy.cut();
  scene.pass(2);
  await eventually(
    () => aggregator.log.some(({ problem }) => String(problem).includes('25006')),
    'the cause is told',
  );
  expect((await aggregator.get('/readyz'))?.status).toBe(503);
  await setReadOnly(false);
  scene.pass(2);
  await scene.exact();
});

test('a connection that hangs half-open is given up, and the record is complete afterwards', async () => {
  proxy.hang(true);
  scene.pass(3);
  await eventually(
    async () => (await aggregator.metric('trail_database_errors_total')) >= 1,
    'the silence is noticed',
    90,
  );
  proxy.hang(false);
  proxy.cut();
  await scene.exact();
});

/** For sessions from now on, as those that find a demoted server are. */
async function setReadOnly(readOnly: boolean): Promise<void> {
  const elsewhere = new URL(scene.database.adminUrl);
  elsewhere.pathname = '/postgres';
  await withDatabase(elsewhere.href, async (client) => {
    await client.query(
      `ALTER DATABASE ${client.escapeIdentifier(scene.database.name)} SET default_transaction_read_only = ${readOnly ? 'on' : 'off'}`,
    );
  });
}
