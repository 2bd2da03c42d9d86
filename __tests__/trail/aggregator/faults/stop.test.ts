import { eventually } from '../../../support/eventually';
import { Scene } from '../../../support/scene';
import { connectionThat, slowCommits } from '../../../support/slow-commits';
import { TcpProxy } from '../../../support/tcp-proxy';
import { withDatabase } from '../../../support/trail-database';

jest.setTimeout(90_000);

const WAITS_FOR_LOCK = "wait_event_type = 'Lock'";
const COMMITS = "state = 'active' AND query ILIKE 'commit%'";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
  scene.pass(20);
});
afterEach(() => scene.close());

/** Runs `meanwhile` while nobody can write to `edge`. */
const withoutWrites = (meanwhile: () => Promise<void>): Promise<void> =>
  whileLocked('edge IN SHARE MODE', meanwhile);

async function whileLocked(table: string, meanwhile: () => Promise<void>): Promise<void> {
  await withDatabase(scene.database.adminUrl, async (client) => {
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${table}`);
    await meanwhile();
    await client.query('ROLLBACK');
  });
}

async function expectOrderlyStop(aggregator: ReturnType<Scene['start']>): Promise<void> {
  const began = performance.now();
  await aggregator.kill('SIGTERM');
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(await aggregator.exited).toEqual({ code: 0, signal: null });
  expect(aggregator.stderr).toBe('');
}

async function expectAllAfterNextStart(): Promise<void> {
  scene.start();
  await scene.exact();
  scene.pass(2);
  await scene.exact();
}

test('asked to stop while a slow write is under way, it finishes that one, flushes what came since and ends with 0', async () => {
  await slowCommits(scene.database.adminUrl, 1);
  const aggregator = scene.start();
  await connectionThat(scene.database.adminUrl, COMMITS);
  scene.pass(2);
  await eventually(
    async () => (await aggregator.metric('trail_newest_window_timestamp_seconds')) >= scene.streamedUntil,
    'it has read on',
  );
  await expectOrderlyStop(aggregator);
  // No other one is running: it has written all by itself.
  await scene.exact();
  await expectAllAfterNextStart();
});

test('asked to stop while a write is held up for longer, it ends within 10 s with 0, and the next start makes up for it', async () => {
  const aggregator = scene.start();
  await scene.exact();
  await withoutWrites(async () => {
    scene.pass(2);
    await connectionThat(scene.database.adminUrl, WAITS_FOR_LOCK);
    await expectOrderlyStop(aggregator);
  });
  await expectAllAfterNextStart();
});

test('asked to stop while the database is silent, it ends within 10 s with 0, and the next start makes up for it', async () => {
  const proxy = await TcpProxy.open(Number(new URL(scene.database.url).port));
  try {
    const aggregator = scene.start({}, proxy.through(scene.database.url));
    await scene.exact();
    proxy.hang(true);
    scene.pass(2);
    await eventually(
      async () => (await aggregator.metric('trail_newest_window_timestamp_seconds')) >= scene.streamedUntil,
      'it has read on',
    );
    await expectOrderlyStop(aggregator);
    // The server must notice too, or the next writer waits for the missed heartbeat.
    proxy.cut();
    await expectAllAfterNextStart();
  } finally {
    await proxy.close();
  }
});

test('asked to stop while the database does not even let it in, it ends within 10 s with 0', async () => {
  const proxy = await TcpProxy.open(Number(new URL(scene.database.url).port));
  try {
    const aggregator = scene.start({}, proxy.through(scene.database.url));
    await scene.exact();
    proxy.cut();
    proxy.hang(true);
    await eventually(() => proxy.connections > 0, 'it tries to connect');
    await expectOrderlyStop(aggregator);
    await expectAllAfterNextStart();
  } finally {
    await proxy.close();
  }
});

test('killed after it has sent a COMMIT and before the answer, it counts nothing twice', async () => {
  scene.start();
  await scene.exact();
  await slowCommits(scene.database.adminUrl, 1);
  for (let kill = 0; kill < 3; kill++) {
    const aggregator = scene.aggregators.at(-1);
    scene.pass(2);
    await connectionThat(scene.database.adminUrl, COMMITS);
    await aggregator?.kill('SIGKILL');
    // The server goes on without it: what was sent is committed, and nobody has been told.
    await scene.exact();
    scene.start();
  }
  await scene.exact();
});

test('asked to stop while it reads what the trail holds, it ends within 10 s with 0', async () => {
  await whileLocked('edge_service', async () => {
    const aggregator = scene.start();
    await connectionThat(scene.database.adminUrl, WAITS_FOR_LOCK);
    await expectOrderlyStop(aggregator);
  });
  await expectAllAfterNextStart();
});
