import { peakMiB } from '../../../../bench/ingest/measured';
import { env } from '../../../../contract';
import type { AggregatorProcess } from '../../../support/aggregator';
import { eventually } from '../../../support/eventually';
import { FlowSeries, type SeriesTotals } from '../../../support/many-flows';
import { Scene } from '../../../support/scene';
import { withDatabase } from '../../../support/trail-database';

jest.setTimeout(180_000);

const FIRST_WINDOW = 1_795_253_460;
/** No measurement, a bound: nothing here may grow with what is sent. */
const MAX_MIB = 700;

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(() => scene.close());

test('a million services in five minutes: edges are exact, and each pair tells 256 apart and the rest as `other`', async () => {
  const series = new FlowSeries({
    firstWindow: FIRST_WINDOW,
    windows: 20,
    flowsPerWindow: 50_000,
    keyOf: (flow) => ({
      sourceNamespace: `team-${flow % 1_000}`,
      destNamespace: 'db',
      destPort: 1 + Math.floor(flow / 1_000),
    }),
  });
  const aggregator = await take(series, { [env.settleAgeSeconds]: '240' });
  await settled(aggregator, series.end - 240);
  expect(await totals('edge')).toEqual({ rows: 1_000, others: 0, ...series.totals() });
  expect(await totals('edge', 'WHERE flow_count <> 1000')).toMatchObject({ rows: 0 });
  expect(await totals('edge_service')).toEqual({ rows: 257_000, others: 1_000, ...series.totals() });
  expect(await aggregator.metric('trail_capped_flows_total')).toBeGreaterThanOrEqual(744_000);
  expectModest(aggregator);
});

test('a million services in one window: the quarter of a million that is told apart, `other` of each pair, and exact sums', async () => {
  const series = new FlowSeries({
    firstWindow: FIRST_WINDOW,
    windows: 1,
    flowsPerWindow: 1_000_000,
    keyOf: (flow) => ({
      sourceNamespace: `team-${flow % 2_000}`,
      destNamespace: 'db',
      destPort: 1 + Math.floor(flow / 2_000),
    }),
  });
  const aggregator = await take(series);
  expect(await totals('edge')).toEqual({ rows: 2_000, others: 0, ...series.totals() });
  expect(await totals('edge', 'WHERE flow_count <> 500')).toMatchObject({ rows: 0 });
  expect(await totals('edge_service')).toEqual({
    rows: 262_144 + 2_000,
    others: 2_000,
    ...series.totals(),
  });
  expectModest(aggregator);
});

test('a window of half a million flows, told by both their ends, is counted to the last one', async () => {
  const series = new FlowSeries({
    firstWindow: FIRST_WINDOW,
    windows: 1,
    flowsPerWindow: 500_000,
    bothSides: true,
    keyOf: (flow) => ({
      sourceName: `pod-${Math.floor(flow / 2_000)}-*`,
      sourceNamespace: `team-${flow % 50}`,
      destNamespace: `app-${Math.floor(flow / 50) % 40}`,
    }),
  });
  const aggregator = await take(series);
  expect(await totals('edge', "WHERE action = 'deny'")).toMatchObject(series.totals('refused'));
  expect(await totals('edge', "WHERE action = 'allow'")).toMatchObject(series.totals('allowed'));
  expect(await totals('edge')).toMatchObject({ others: 0, ...series.totals() });
  expect(await aggregator.metric('trail_results_total')).toBe(1_000_000);
  expect(await aggregator.metric('trail_capped_flows_total')).toBe(0);
  expectModest(aggregator);
});

/** Starts an aggregator on the series and waits until it is in the database. */
async function take(
  series: FlowSeries,
  environment: Readonly<Record<string, string>> = {},
): Promise<AggregatorProcess> {
  scene.goldmane.serveCanned(series.answers);
  const aggregator = scene.start(environment);
  await eventually(
    async () => (await aggregator.metric('trail_written_window_timestamp_seconds')) >= series.end,
    'all windows are written',
    120,
  );
  return aggregator;
}

async function settled(aggregator: AggregatorProcess, until: number): Promise<void> {
  await eventually(
    async () => (await aggregator.metric('trail_settled_until_timestamp_seconds')) >= until,
    'windows settle',
    120,
  );
}

/** Sums over the rows of a table that `where` picks; `others`: rows that stand for what is beyond a bound. */
async function totals(
  table: 'edge' | 'edge_service',
  where = '',
): Promise<SeriesTotals & { readonly rows: number; readonly others: number }> {
  const isOther = table === 'edge' ? "src_ns = '(other)'" : "protocol = 'other'";
  return withDatabase(scene.database.url, async (client) => {
    const { rows } = await client.query<Awaited<ReturnType<typeof totals>>>(
      `SELECT count(*)::int AS rows, count(*) FILTER (WHERE ${isOther})::int AS others, sum(flow_count)::int AS flows,
         sum(connections)::int AS connections, sum(bytes_out + bytes_in)::int AS bytes FROM ${table} ${where}`,
    );
    if (rows[0] === undefined) throw new Error('no totals');
    return rows[0];
  });
}

function expectModest(aggregator: AggregatorProcess): void {
  expect(aggregator.process.exitCode).toBeNull();
  expect(peakMiB(aggregator.process.pid ?? 0)).toBeLessThan(MAX_MIB);
}
