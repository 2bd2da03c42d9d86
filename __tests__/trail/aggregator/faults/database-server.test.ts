import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../../../../demo/goldmane/random';
import { startPostgres, type Postgres } from '../../../../demo/postgres/start';
import { eventually } from '../../../support/eventually';
import { setReadOnly } from '../../../support/read-only';
import { Scene } from '../../../support/scene';
import { TcpProxy } from '../../../support/tcp-proxy';

jest.setTimeout(150_000);

let server: Postgres;
let scene: Scene;

beforeEach(async () => {
  server = await startPostgres();
  scene = await Scene.open();
  await scene.database.drop();
  const { url, adminUrl } = server;
  Object.assign(scene, { database: { name: 'own', url, adminUrl, drop: () => Promise.resolve() } });
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
