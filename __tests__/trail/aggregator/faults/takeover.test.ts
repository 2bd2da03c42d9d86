import type { AggregatorProcess } from '../../../support/aggregator';
import { eventually } from '../../../support/eventually';
import { holdWrites } from '../../../support/hold-writes';
import { Scene } from '../../../support/scene';
import { connectionThat, slowCommits } from '../../../support/slow-commits';
import { TcpProxy } from '../../../support/tcp-proxy';
import { withDatabase } from '../../../support/trail-database';

jest.setTimeout(180_000);

const WAITS_FOR_LOCK = "wait_event_type = 'Lock'";
const IN_TRANSACTION = "state = 'idle in transaction'";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
  scene.pass(10);
});
afterEach(() => scene.close());

/** A writer, by `url`, and a second replica that stands by. */
async function startTwo(url?: string): Promise<readonly [AggregatorProcess, AggregatorProcess]> {
  const first = scene.start({}, url);
  await scene.exact();
  const second = scene.start();
  await eventually(() => second.logged('standing by'), 'the second stands by');
  return [first, second];
}

/** `fails` makes the writer fail when the server is in the middle of its transaction; the other must take over. */
async function expectTakeover(second: AggregatorProcess, fails: () => void): Promise<void> {
  const release = await holdWrites(scene.database.adminUrl);
  scene.pass(2);
  await connectionThat(scene.database.adminUrl, WAITS_FOR_LOCK);
  fails();
  const began = performance.now();
  await release();
  await connectionThat(scene.database.adminUrl, IN_TRANSACTION);
  await eventually(async () => (await second.metric('trail_writer')) === 1, 'the second writes', 60);
  expect(performance.now() - began).toBeLessThan(15_000);
  scene.pass(2);
  await scene.exact();
}

async function epoch(): Promise<number> {
  return withDatabase(scene.database.url, async (client) => {
    const { rows } = await client.query<{ epoch: number }>('SELECT epoch::int FROM writer');
    return rows[0]?.epoch ?? 0;
  });
}

test('a writer that is paused in the middle of a transaction is followed within 15 s, and writes nothing when it wakes up', async () => {
  const [first, second] = await startTwo();
  await expectTakeover(second, () => first.process.kill('SIGSTOP'));
  first.process.kill('SIGCONT');
  await eventually(async () => (await first.get('/readyz'))?.body === 'standing by\n', 'the first stands by');
  scene.pass(2);
  await scene.exact();
  expect(await epoch()).toBe(2);
});

test('a writer that loses its network in the middle of a transaction is followed within 15 s', async () => {
  const proxy = await TcpProxy.open(Number(new URL(scene.database.url).port));
  try {
    const [first, second] = await startTwo(proxy.through(scene.database.url));
    await expectTakeover(second, () => {
      proxy.hang(true);
    });
    proxy.hang(false);
    await eventually(
      async () => (await first.get('/readyz'))?.body === 'standing by\n',
      'the first stands by',
    );
    scene.pass(2);
    await scene.exact();
    expect(await epoch()).toBe(2);
  } finally {
    await proxy.close();
  }
});

test('commits of 11 s leave the lease where it is while a second replica stands by', async () => {
  const [first, second] = await startTwo();
  await slowCommits(scene.database.adminUrl, 11);
  for (let commit = 0; commit < 3; commit++) {
    scene.pass(2);
    await scene.exact();
  }
  expect(await first.metric('trail_writer')).toBe(1);
  expect(await second.metric('trail_writer')).toBe(0);
  expect(await epoch()).toBe(1);
});

test('a writer that needs 12 s to read what the trail holds is followed by the second replica, and the second by the first', async () => {
  const { adminUrl } = scene.database;
  await withDatabase(adminUrl, async (holder) => {
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE edge_service');
    const first = scene.start();
    await connectionThat(adminUrl, WAITS_FOR_LOCK);
    const second = scene.start();
    await eventually(() => second.logged('standing by'), 'the second stands by');
    const since = performance.now();
    await eventually(() => performance.now() - since > 12_000, 'the lease would be over');
    await holder.query('COMMIT');
    await scene.exact();
    expect(await first.metric('trail_writer')).toBe(1);
    expect(await second.metric('trail_writer')).toBe(0);
  });
  expect(await epoch()).toBe(1);
});
