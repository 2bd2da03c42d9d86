import { Scene } from '../../../support/scene';
import { eventually } from '../../../support/eventually';

jest.setTimeout(90_000);

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(() => scene.close());

test('a first start counts the whole hour that Goldmane still has, and goes on with what comes', async () => {
  scene.pass(100);
  const from = scene.window;
  const aggregator = scene.start();
  await scene.exact();
  scene.pass(3);
  await scene.exact();
  const flows = ((await scene.edges()) as { flow_count: number }[]).reduce(
    (sum, edge) => sum + edge.flow_count,
    0,
  );
  await eventually(
    async () => (await aggregator.metric('trail_observations_total')) === flows,
    'observations are told as they were counted',
  );
  expect(await aggregator.metric('trail_results_total')).toBeGreaterThan(flows);
  expect(scene.window).toBe(from + 45);
});

test('late reports, which no stream shows, are counted by the settle pass', async () => {
  scene.pass(10);
  const aggregator = scene.start();
  await scene.exact();
  expect(await aggregator.metric('trail_settle_added_flows_total')).toBe(0);
  scene.feed(2);
  scene.feed(9);
  scene.pass(45);
  await scene.exact();
  // Not each of the 24 is another flow than those before it.
  const added = await aggregator.metric('trail_settle_added_flows_total');
  expect(added).toBeGreaterThan(0);
  expect(added).toBeLessThanOrEqual(24);
  expect(await aggregator.metric('trail_settled_flows_total')).toBeGreaterThan(added);
  expect((await scene.coverage(scene.window))[0]?.[2]).toBe('settled');
});

test('a window that is streamed twice, before or after a replay, counts once', async () => {
  scene.pass(5);
  scene.goldmane.duplicateOnNextReplay();
  scene.start();
  await scene.exact();
  scene.goldmane.resendWindow(scene.window - 15);
  scene.goldmane.resendWindow(scene.window - 45);
  scene.pass(2);
  scene.goldmane.resendWindow(scene.window - 30);
  scene.pass(1);
  await scene.exact();
});

test('a connection that breaks, again and again, loses and doubles nothing', async () => {
  scene.pass(20);
  const aggregator = scene.start();
  await scene.exact();
  for (let round = 0; round < 4; round++) {
    scene.goldmane.dropConnections();
    scene.pass(2);
    const lost = round + 1;
    await eventually(
      async () => (await aggregator.metric('trail_goldmane_reconnects_total')) >= lost,
      'it reconnects',
    );
  }
  await scene.exact();
  // No reconnect asked for the whole hour again.
  const streams = scene.goldmane.calls.filter(({ call }) => call === 'Stream');
  expect(streams[0]?.request.start_time_gte).toBe(-3540);
  for (const { request } of streams.slice(1)) {
    expect(request.start_time_gte % 15).toBe(0);
    expect(request.start_time_gte).toBeGreaterThan(scene.window - 15 * 15);
    expect(request.start_time_gte).toBeLessThanOrEqual(scene.window - 30);
  }
});

test('a Goldmane that restarts (ids anew, history gone, nodes resend) takes nothing away and adds nothing twice', async () => {
  scene.pass(60);
  const aggregator = scene.start();
  await scene.exact();
  await scene.goldmane.restart();
  await eventually(
    async () => (await aggregator.metric('trail_goldmane_reconnects_total')) >= 1,
    'it reconnects',
  );
  scene.pass(3);
  await scene.exact();
  scene.pass(42);
  await eventually(
    async () => (await aggregator.metric('trail_settled_until_timestamp_seconds')) >= scene.window - 43 * 15,
    'windows settle',
  );
  await scene.exact();
  expect(await aggregator.metric('trail_gap_seconds_total')).toBe(0);
  // What nodes did not send again was read once only.
  expect((await scene.coverage(0)).map(([, , state]) => state).slice(-2)).toEqual(['live', 'settled']);
});

test('an aggregator that was down for less than an hour loses nothing', async () => {
  scene.pass(30);
  const first = scene.start();
  await scene.exact();
  await first.kill('SIGKILL');
  scene.pass(200);
  scene.feed(100);
  const second = scene.start();
  await scene.exact();
  expect(await second.metric('trail_gap_seconds_total')).toBe(0);
});

test('an aggregator that was down for longer loses exactly what Goldmane forgot, and says so', async () => {
  scene.pass(30);
  const first = scene.start();
  await scene.exact();
  const known = scene.streamedUntil;
  await first.kill('SIGKILL');
  scene.pass(400);
  const second = scene.start();
  const remembered = scene.window - 3600;
  await eventually(async () => (await second.metric('trail_gap_seconds_total')) > 0, 'the gap is told', 40);
  const gap = (await scene.coverage(scene.window)).find(([, , state]) => state === 'gap');
  expect(gap?.[0]).toBe((known - scene.window) / 15);
  // The oldest window falls out while it is asked for.
  expect(gap?.[1]).toBeGreaterThanOrEqual((remembered - scene.window) / 15);
  expect(gap?.[1]).toBeLessThanOrEqual((remembered - scene.window) / 15 + 1);
  const lostUntil = scene.window + (gap?.[1] ?? 0) * 15;
  await scene.exact(scene.streamedUntil, { lost: { from: known, until: lostUntil } });
  expect(second.log.filter(({ msg }) => msg.startsWith('gap:'))).toHaveLength(1);
});

test.each([-600, 600])(
  "a clock that is %i s away from Goldmane's makes no difference",
  async (skewSeconds) => {
    await scene.close();
    scene = await Scene.open({ skewSeconds });
    scene.pass(60);
    const first = scene.start();
    await scene.exact();
    await first.kill('SIGKILL');
    scene.pass(20);
    scene.start();
    scene.pass(2);
    await scene.exact();
  },
);

test.each(Array.from({ length: 16 }, (_, index) => index + 1))(
  'a stream that ends with gRPC status %i is taken up again',
  async (status) => {
    scene.pass(3);
    const aggregator = scene.start();
    await scene.exact();
    scene.goldmane.endStreams(status);
    scene.pass(2);
    await scene.exact();
    expect(await aggregator.metric('trail_goldmane_reconnects_total')).toBeGreaterThanOrEqual(1);
  },
);

test('a GOAWAY, after which the old connection takes no more calls, leads to a new one', async () => {
  scene.pass(5);
  const aggregator = scene.start();
  await scene.exact();
  scene.goldmane.goAway();
  await eventually(
    async () => (await aggregator.metric('trail_goldmane_reconnects_total')) === 1,
    'it connects anew',
  );
  scene.pass(50);
  await scene.exact();
  await eventually(
    async () => (await aggregator.metric('trail_settled_until_timestamp_seconds')) >= scene.window - 660,
    'windows are listed and settle',
  );
});

test('lists that are never answered do not keep what is streamed from being written', async () => {
  scene.goldmane.hang(true, 'lists');
  scene.pass(30);
  scene.start();
  await eventually(async () => (await scene.edges()).length > 0, 'edges are written', 60);
  scene.goldmane.hang(false, 'lists');
  scene.pass(2);
  await scene.exact();
});

test('a Goldmane whose clock was put back is told of, since its windows look like recorded ones', async () => {
  scene.pass(60);
  const aggregator = scene.start();
  await scene.exact();
  await scene.goldmane.stop();
  scene.clock.advance(-1_200);
  await scene.goldmane.start();
  await eventually(() => scene.goldmane.openStreams === 1, 'it reads again', 40);
  // More slowly than it looks: not all windows at once, and not so many that the clock is right again.
  let passedAt = 0;
  await eventually(
    () => {
      if (performance.now() - passedAt > 1_500) {
        scene.pass(1);
        passedAt = performance.now();
      }
      return aggregator.logged('clock was put back');
    },
    'it says so',
    60,
  );
  expect(await aggregator.metric('trail_goldmane_seconds_behind')).toBeGreaterThan(900);
});
