import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { env } from '../../../../contract';
import { Random } from '../../../../demo/goldmane/random';
import { startPostgres, type Postgres } from '../../../../demo/postgres/start';
import { eventually } from '../../../support/eventually';
import { setReadOnly } from '../../../support/read-only';
import { Scene } from '../../../support/scene';
import { TcpProxy } from '../../../support/tcp-proxy';
import { databaseOf, withDatabase } from '../../../support/trail-database';

jest.setTimeout(150_000);

let server: Postgres;
let scene: Scene;

beforeEach(async () => {
  server = await startPostgres();
  scene = await Scene.open({ database: databaseOf(server) });
  scene.pass(10);
});
afterEach(async () => {
  await scene.close();
  await server.stop();
});

const written = (): Promise<void> =>
  eventually(
    () =>
      scene.edges().then(
        (edges) => edges.length > 0,
        () => false,
      ),
    'edges are written',
  );

test('a PostgreSQL that crashes while edges are written loses and doubles nothing', async () => {
  scene.start();
  await written();
  for (let crash = 0; crash < 3; crash++) {
    scene.pass(2);
    await server.kill();
    scene.pass(2);
    await server.restart();
  }
  await scene.exact();
});

test('commits whose acknowledgement is lost with the connection are not counted twice', async () => {
  const random = new Random('cuts');
  const proxy = await TcpProxy.open(server.port);
  try {
    scene.start({}, proxy.through(server.url));
    await written();
    for (let cut = 0; cut < 8; cut++) {
      scene.pass(1);
      // Answers are held back for a moment; the cut at a random one takes them away.
      proxy.slow(60);
      await eventually(() => proxy.connections > 0, 'it is connected');
      // Not a wait for anything: the moment of the cut.
      await delay(random.integer(0, 2_000));
      proxy.cut();
    }
    proxy.slow(0);
    await scene.exact();
  } finally {
    await proxy.close();
  }
});

test('a server that is demoted under a live connection is left at once, and written to when it is primary again', async () => {
  const aggregator = scene.start();
  await written();
  await setReadOnly(server.adminUrl, true);
  scene.pass(2);
  await eventually(
    () => aggregator.log.some((line) => JSON.stringify(line).includes('25006')),
    'the cause is told',
  );
  await setReadOnly(server.adminUrl, false);
  await scene.exact();
});

test('a password that is rotated, and reaches the file only later, is taken up without a restart', async () => {
  const url = new URL(server.url);
  const [before, after] = [url.password, 'rotated-once'];
  const file = join(scene.directory, 'database-url');
  writeFileSync(file, url.href);
  const aggregator = scene.start({ [env.databaseUrlFile]: file });
  await written();
  await withDatabase(server.adminUrl, async (client) => {
    await client.query(
      `ALTER ROLE ${client.escapeIdentifier(url.username)} PASSWORD ${client.escapeLiteral(after)}`,
    );
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'trail'",
    );
  });
  scene.pass(3);
  await eventually(
    () => aggregator.log.some(({ problem }) => String(problem).includes('[database-refused]')),
    'the cause is told',
  );
  expect((await aggregator.get('/readyz'))?.status).toBe(503);
  url.password = after;
  writeFileSync(file, url.href);
  Object.assign(scene, { database: { ...scene.database, url: url.href } });
  scene.pass(2);
  await scene.exact();
  expect((await aggregator.get('/readyz'))?.status).toBe(200);
  expect(aggregator.process.exitCode).toBeNull();
  const said = JSON.stringify(aggregator.log) + aggregator.stderr;
  expect([before, after].filter((password) => said.includes(password))).toEqual([]);
});
