import { Random } from '../../../../demo/goldmane/random';
import { eventually } from '../../../support/eventually';
import { killAtRandomMoment } from '../../../support/kill';
import { Scene } from '../../../support/scene';
import { withDatabase } from '../../../support/trail-database';

jest.setTimeout(180_000);

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(() => scene.close());

test('killed with SIGKILL at ten random moments, it loses nothing and counts nothing twice', async () => {
  const random = new Random('kill', 1);
  scene.pass(30);
  for (let run = 0; run < 10; run++) await killAtRandomMoment(scene, random);
  scene.pass(2);
  scene.start();
  await scene.exact();
});

test('asked to stop in the middle of its work, it flushes and ends within 10 s with code 0', async () => {
  scene.pass(40);
  const aggregator = scene.start();
  await scene.exact();
  scene.pass(2);
  const began = performance.now();
  await aggregator.kill('SIGTERM');
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(await aggregator.exited).toEqual({ code: 0, signal: null });
  expect(aggregator.stderr).toBe('');
});

test('of two replicas one stands by, and takes over within 15 s when the other is killed', async () => {
  scene.pass(10);
  const first = scene.start();
  await scene.exact();
  const second = scene.start();
  await eventually(() => second.logged('standing by'), 'the second stands by');
  expect(await second.get('/readyz')).toEqual({ status: 200, body: 'standing by\n' });
  await first.kill('SIGKILL');
  const began = performance.now();
  await eventually(async () => (await second.metric('trail_writer')) === 1, 'the second writes');
  expect(performance.now() - began).toBeLessThan(15_000);
  scene.pass(2);
  await scene.exact();
});

test('a writer that was paused while another took over writes nothing when it wakes up', async () => {
  scene.pass(10);
  const paused = scene.start();
  await scene.exact();
  paused.process.kill('SIGSTOP');
  const other = scene.start();
  await eventually(async () => (await other.metric('trail_writer')) === 1, 'the other takes over', 25);
  scene.pass(3);
  await scene.exact();
  paused.process.kill('SIGCONT');
  await eventually(() => paused.logged('stopped writing'), 'the paused one notices');
  await eventually(async () => (await paused.get('/readyz'))?.body === 'standing by\n', 'it stands by');
  scene.pass(2);
  await scene.exact();
  await withDatabase(scene.database.url, async (client) => {
    expect((await client.query<{ epoch: string }>('SELECT epoch FROM writer')).rows).toEqual([
      { epoch: '2' },
    ]);
  });
});
