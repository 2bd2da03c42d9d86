import { eventually } from '../../support/eventually';
import { startInProcess } from '../../support/in-process';
import { Scene } from '../../support/scene';
import { TcpProxy } from '../../support/tcp-proxy';

jest.setTimeout(120_000);

/** A few dozen windows of this traffic. */
const BACKLOG_BYTES = 10_000;
/** Longer than Goldmane remembers, by more than the backlog holds. */
const OUTAGE_WINDOWS = 420;

test('windows that neither memory nor Goldmane has kept are a gap, and all others are counted exactly', async () => {
  const scene = await Scene.open();
  const postgres = Number(new URL(scene.database.url).port);
  const proxy = await TcpProxy.open(postgres);
  // The same program in this process, so that little traffic is enough to fill its backlog.
  const aggregator = startInProcess(
    scene,
    { patienceSeconds: 15, maxBacklogBytes: BACKLOG_BYTES },
    proxy.through(scene.database.url),
  );
  try {
    scene.pass(30);
    await scene.exact();
    const known = scene.streamedUntil;
    proxy.redirect(1);
    proxy.cut();
    for (let passed = 0; passed < OUTAGE_WINDOWS; passed += 30) {
      scene.pass(30);
      // No faster than it reads, or Goldmane drops what it has no room for.
      await eventually(
        async () => (await aggregator.metric('trail_newest_window_timestamp_seconds')) >= scene.streamedUntil,
        'the reader goes on',
      );
    }
    expect(await aggregator.metric('trail_backlog_windows_dropped_total')).toBeGreaterThan(
      OUTAGE_WINDOWS / 2,
    );
    expect(scene.goldmane.droppedResults).toBe(0);
    proxy.redirect(postgres);
    await eventually(
      async () => (await aggregator.metric('trail_settled_until_timestamp_seconds')) >= scene.window - 660,
      'what Goldmane still lists is read again',
      90,
    );
    const gaps = (await scene.coverage(0)).filter(([, , state]) => state === 'gap');
    expect(gaps).toHaveLength(1);
    const [from, until] = gaps[0]!;
    expect(from * 15).toBe(known);
    // What Goldmane still lists is read again, though memory had given it up. It is taken to be some windows on: its
    // clock stands still here, and while nothing comes the aggregator goes by its own.
    expect(until * 15).toBeGreaterThanOrEqual(scene.window - 241 * 15);
    expect(until * 15).toBeLessThanOrEqual(scene.window - 230 * 15);
    await scene.exact(scene.streamedUntil, { lost: { from: known, until: until * 15 } });
    scene.pass(10);
    await scene.exact(scene.streamedUntil, { lost: { from: known, until: until * 15 } });
  } finally {
    await aggregator.stop();
    await proxy.close();
    await scene.close();
  }
});
