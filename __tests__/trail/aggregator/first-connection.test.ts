import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGoldmanePki, writeClientFiles } from '../../../demo/certificates/goldmane-pki';
import { Clock } from '../../../demo/goldmane/clock';
import { flowReport } from '../../../demo/goldmane/flow';
import { SimulatedGoldmane } from '../../../demo/goldmane/simulated-goldmane';
import { AggregatorProcess } from '../../support/aggregator';
import { eventually } from '../../support/eventually';
import { Scene } from '../../support/scene';
import { trailDatabase, withDatabase } from '../../support/trail-database';

jest.setTimeout(90_000);

const T = 1_795_000_200;

test('a first connection that breaks in the middle of its replay costs neither the process nor the history', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trail-first-connection-'));
  const [pki, database] = await Promise.all([createGoldmanePki(), trailDatabase()]);
  const files = await writeClientFiles(directory, pki);
  const goldmane = new SimulatedGoldmane({ tls: pki, clock: new Clock(T + 5, 0) });
  await goldmane.start();
  for (let start = T - 200 * 15; start < T - 15; start += 15) goldmane.addFlow(flowReport(start, {}));
  const aggregator = AggregatorProcess.start({
    goldmane: goldmane.address,
    files,
    databaseUrl: database.url,
  });
  try {
    for (let connection = 1; connection <= 3; connection++) {
      await eventually(() => goldmane.openStreams === 1, 'the stream is open');
      goldmane.dropConnections();
      await eventually(() => goldmane.openStreams === 0, 'the stream is gone');
    }
    await eventually(
      () =>
        withDatabase(database.url, async (client) => {
          const { rows } = await client.query<{ flow_count: string }>('SELECT flow_count FROM edge');
          return rows[0]?.flow_count === '199';
        }),
      'every window of the history is counted',
    );
    expect(aggregator.process.exitCode).toBeNull();
    expect(aggregator.logged('flow stream lost; reconnecting')).toBe(true);
  } finally {
    await aggregator.kill();
    await goldmane.stop();
    await database.drop();
    await rm(directory, { recursive: true });
  }
});

test('a server that always breaks the connection in its replay is asked again and again without a pause', async () => {
  const scene = await Scene.open();
  try {
    scene.pass(20);
    const aggregator = scene.start();
    const waits = (): number[] =>
      aggregator.log.flatMap(({ waitMs }) => (typeof waitMs === 'number' ? [waitMs] : []));
    await eventually(() => {
      scene.goldmane.endStreams(14);
      // The first wait is about a quarter of a second.
      return waits().some((wait) => wait > 2_000);
    }, 'it waits longer and longer');
    expect(Math.min(...waits())).toBeLessThan(1_000);
    await scene.exact();
  } finally {
    await scene.close();
  }
});
