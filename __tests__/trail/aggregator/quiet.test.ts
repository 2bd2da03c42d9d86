import { env } from '../../../contract';
import type { AggregatorProcess } from '../../support/aggregator';
import { eventually } from '../../support/eventually';
import { startInProcess, type InProcess } from '../../support/in-process';
import { Scene } from '../../support/scene';

jest.setTimeout(180_000);

// Both wait for a minute of real time; so they wait together.
let quiet: Scene;
let restarted: Scene;
let inProcess: InProcess;
/** End of the last window that was streamed before the restart, Unix seconds. */
let known: number;
beforeAll(async () => {
  [quiet, restarted] = await Promise.all([begin(), Scene.open()]);
  restarted.pass(10);
  // Without the long wait for nodes that might come back.
  inProcess = startInProcess(restarted, { patienceSeconds: 15, nodesBackAfterSeconds: 5 });
  await restarted.exact();
  quiet.pass(8, { traffic: false });
  await restarted.goldmane.stop();
  known = restarted.streamedUntil;
  // Longer than nodes keep what they have reported.
  restarted.pass(25, { traffic: false });
  await restarted.goldmane.start();
});
afterAll(async () => {
  await inProcess.stop();
  await Promise.all([quiet.close(), restarted.close()]);
});

async function begin(): Promise<Scene> {
  const scene = await Scene.open();
  scene.pass(10);
  scene.start({ [env.settleAgeSeconds]: '60' });
  await scene.exact();
  return scene;
}

const settledUntil = (aggregator: AggregatorProcess): Promise<number> =>
  aggregator.metric('trail_settled_until_timestamp_seconds');

test('when nobody talks any more, the last windows become final all the same', async () => {
  const [aggregator] = quiet.aggregators;
  const quietSince = quiet.window - 8 * 15;
  await eventually(async () => (await settledUntil(aggregator!)) >= quietSince, 'they are settled', 90);
  await quiet.exact();
  expect((await quiet.coverage(quietSince)).map(([, , state]) => state)).toEqual(['settled']);
  expect(await aggregator!.metric('trail_settle_lag_seconds')).toBeLessThanOrEqual(15);
  // Silence is no wrong clock, also where a new connection shows the old windows once more.
  expect(await aggregator!.metric('trail_goldmane_seconds_behind')).toBe(0);
  quiet.goldmane.dropConnections();
  await eventually(
    async () => (await aggregator!.metric('trail_goldmane_reconnects_total')) === 1,
    'it connects anew',
  );
  await eventually(() => quiet.goldmane.openStreams === 1, 'and reads');
  expect(await aggregator!.metric('trail_goldmane_seconds_behind')).toBe(0);
});

test('a Goldmane that loses its memory while nobody talks is noticed, and what is not known is a gap', async () => {
  const gapOf = async (): Promise<readonly [number, number, string] | undefined> =>
    (await restarted.coverage(known)).find(([, , state]) => state === 'gap');
  await eventually(async () => (await gapOf()) !== undefined, 'the gap is told', 120);
  const gap = await gapOf();
  expect(gap?.[0]).toBe(0);
  restarted.pass(6);
  const lost = { from: known, until: known + (gap?.[1] ?? 0) * 15 };
  await restarted.exact(restarted.streamedUntil, { lost });
});
