import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGoldmanePki, writeClientFiles } from '../../../demo/certificates/goldmane-pki';
import { Clock } from '../../../demo/goldmane/clock';
import { SimulatedGoldmane } from '../../../demo/goldmane/simulated-goldmane';
import { AggregatorProcess } from '../../support/aggregator';
import { capturedList, capturedResults, expectedEdges, grpcBody } from '../../support/capture';
import { eventually } from '../../support/eventually';
import { trailDatabase, withDatabase } from '../../support/trail-database';

test('the bytes of a real Goldmane, over real mutual TLS, become exactly the expected edges in a real PostgreSQL', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'trail-real-'));
  const pki = await createGoldmanePki();
  const files = await writeClientFiles(directory, pki);
  const goldmane = new SimulatedGoldmane({ tls: pki, clock: new Clock() });
  goldmane.serveCanned({ stream: [grpcBody(capturedResults())], list: grpcBody([capturedList()]) });
  await goldmane.start();
  const database = await trailDatabase();
  const aggregator = AggregatorProcess.start({
    goldmane: goldmane.address,
    files,
    databaseUrl: database.url,
  });
  try {
    const { edges, first_window: firstWindow } = expectedEdges();
    const end = firstWindow + 40 * 15;
    await eventually(
      async () => (await aggregator.metric('trail_written_window_timestamp_seconds')) >= end,
      'all windows are written',
    );
    // The first window is old enough for the settle pass, which lists it.
    await eventually(
      async () => (await aggregator.metric('trail_windows_settled_total')) === 1,
      'the first window is settled',
    );
    // Listed by the settle pass, and at the start, for the four windows before the first.
    expect(await aggregator.metric('trail_results_total')).toBe(3368 + (1 + 4) * 84);
    await withDatabase(database.url, async (client) => {
      const { rows } = await client.query(
        `SELECT src_ns, dst_ns, action, extract(epoch FROM first_seen)::bigint::int AS first_seen,
           extract(epoch FROM last_seen)::bigint::int AS last_seen, flow_count::int, connections::int
         FROM edge WHERE cluster = 'default' ORDER BY src_ns, dst_ns, action`,
      );
      expect(rows).toHaveLength(59);
      expect(rows).toEqual([...edges].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)));
    });
    expect((await aggregator.get('/readyz'))?.body).toBe('writing\n');
  } finally {
    await aggregator.kill('SIGTERM');
    await goldmane.stop();
    await database.drop();
    rmSync(directory, { recursive: true });
  }
  expect(await aggregator.exited).toEqual({ code: 0, signal: null });
  expect(aggregator.stderr).toBe('');
});

function keyOf(edge: { readonly src_ns: string; readonly dst_ns: string; readonly action: string }): string {
  return `${edge.src_ns} ${edge.dst_ns} ${edge.action}`;
}
