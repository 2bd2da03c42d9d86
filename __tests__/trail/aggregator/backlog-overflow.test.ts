import pino from 'pino';
import { env } from '../../../contract';
import { parseConfig } from '../../../trail/aggregator/config';
import { runAggregator } from '../../../trail/aggregator/service';
import { eventually } from '../../support/eventually';
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
  const stop = new AbortController();
  // The same program in this process, so that little traffic is enough to fill its backlog.
  const running = runAggregator(
    parseConfig({
      [env.goldmaneHost]: scene.goldmane.address,
      [env.goldmaneServerName]: 'goldmane',
      [env.tlsCertPath]: scene.files.certPath,
      [env.tlsKeyPath]: scene.files.keyPath,
      [env.caCertPath]: scene.files.caPath,
      [env.databaseUrl]: proxy.through(scene.database.url),
      [env.httpPort]: '0',
    }),
    { patienceSeconds: 15, maxBacklogBytes: BACKLOG_BYTES },
    pino({ level: 'silent' }),
    stop.signal,
  );
  try {
    scene.pass(30);
    await scene.exact();
    const known = scene.streamedUntil;
    proxy.redirect(1);
    proxy.cut();
    for (let passed = 0; passed < OUTAGE_WINDOWS; passed += 30) {
      scene.pass(30);
      await eventually(() => scene.goldmane.openStreams === 1, 'the reader goes on');
    }
    expect(scene.goldmane.droppedResults).toBe(0);
    proxy.redirect(postgres);
    let gaps: (readonly [number, number, string])[] = [];
    await eventually(
      async () => {
        gaps = (await scene.coverage(0)).filter(([, , state]) => state === 'gap');
        return gaps.length > 0;
      },
      'a gap is recorded',
      60,
    );
    expect(gaps).toHaveLength(1);
    const [[from = 0, until = 0] = []] = gaps;
    expect(from * 15).toBe(known);
    // What Goldmane still lists is read again, though memory had given it up.
    expect(until * 15).toBeLessThanOrEqual(scene.window - 240 * 15);
    expect(until * 15).toBeGreaterThan(known);
    await scene.exact(scene.streamedUntil, { lost: { from: known, until: until * 15 } });
    scene.pass(10);
    await scene.exact(scene.streamedUntil, { lost: { from: known, until: until * 15 } });
  } finally {
    stop.abort();
    await running;
    await proxy.close();
    await scene.close();
  }
});
