import type { Client } from 'pg';
import { openDatabase } from '../../../trail/store/database';
import { coverageQuery } from '../../../trail/store/queries/coverage';
import { edgeDaysQuery, pairDaysQuery } from '../../../trail/store/queries/edge-days';
import { edgesQuery } from '../../../trail/store/queries/edges';
import { peersQuery } from '../../../trail/store/queries/peers';
import type { Query } from '../../../trail/store/queries/query';
import { servicesQuery } from '../../../trail/store/queries/services';
import { edgesToTellQuery } from '../../../trail/store/queries/untold';
import type { TestDatabase } from '../../support/postgres';
import { seedDays, seedManyEdges } from '../../support/seed-many-edges';
import { trailDatabase } from '../../support/trail-database';

const EDGES = 1_000_000;
/** Of each of the last two days. */
const DAY_EDGES = 250_000;
/** More than any of these reads means that it read what it did not return. */
const MOST_ROWS_READ = 3_000;

const utcDay = (daysAgo: number): string =>
  new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
const lastDay = { from: utcDay(1), to: utcDay(0) };
const yesterdayOnly = { from: utcDay(1), to: utcDay(1) };

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
  await seedManyEdges(client, EDGES);
  await seedDays(client, [lastDay.from, lastDay.to], DAY_EDGES);
}, 240_000);

afterAll(async () => {
  await client.end();
  await database.drop();
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** All nodes of the plan that PostgreSQL really ran. */
async function nodes({ text, values }: Query<unknown>): Promise<Plan[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
    [...values],
  );
  const all = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(all)];
  return all(rows[0]!['QUERY PLAN'][0].Plan);
}

const cluster = 'default';
const yesterday = Date.now() / 1000 - 86_400;

test.each([
  ['the newest edges', edgesQuery({ cluster }, 'first-seen', 200)],
  ['--ns', edgesQuery({ cluster, ns: 'ns-5' }, 'first-seen', 200)],
  ['--ns of a namespace that everybody talks to', edgesQuery({ cluster, ns: 'hub' }, 'first-seen', 200)],
  ['--src', edgesQuery({ cluster, src: 'ns-5' }, 'first-seen', 200)],
  ['--dst of a namespace that everybody talks to', edgesQuery({ cluster, dst: 'hub' }, 'first-seen', 200)],
  ['--peers-of', peersQuery({ cluster }, 'ns-5', 200)],
  ['--new-since 24h', edgesQuery({ cluster, newSince: yesterday }, 'first-seen', 200)],
  ['--denied', edgesQuery({ cluster, denied: true }, 'first-seen', 200)],
  ['a pair', edgesQuery({ cluster, src: 'ns-5', dst: 'ns-7' }, 'name', 10)],
  ['--port', servicesQuery({ cluster, port: 5432 }, 'first-seen', 200)],
  ['--service', servicesQuery({ cluster, service: 'prometheus' }, 'first-seen', 200)],
  [
    'the digest',
    edgesToTellQuery({ cluster, since: yesterday - 6 * 86_400, untoldOnly: true, limit: 100_000 }),
  ],
  ['--between', edgeDaysQuery({ cluster }, lastDay, 'first-seen', 200)],
  ['--between --ns', edgeDaysQuery({ cluster, ns: 'ns-5' }, lastDay, 'first-seen', 200)],
  ['--between --ns on one day', edgeDaysQuery({ cluster, ns: 'ns-5' }, yesterdayOnly, 'first-seen', 200)],
  ['--between --dst', edgeDaysQuery({ cluster, dst: 'ns-5' }, lastDay, 'first-seen', 200)],
  ['--between --src --sort flows', edgeDaysQuery({ cluster, src: 'ns-5' }, lastDay, 'flows', 200)],
  ['the days of a pair', pairDaysQuery(cluster, 'ns-5', 'ns-7', utcDay(1))],
  ['coverage of a day', coverageQuery(cluster, yesterday, yesterday + 86_400)],
])('with a million edges, %s reads by index and little more than it returns', async (_name, query) => {
  const plan = await nodes(query);
  const scans = plan.filter((node) => node['Relation Name']?.startsWith('edge') === true);
  for (const scan of scans) expect(scan['Node Type']).toMatch(/Index|Bitmap Heap/);
  const read = scans.reduce(
    (sum, scan) => sum + (scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0)) * scan['Actual Loops'],
    0,
  );
  expect(read).toBeLessThan(MOST_ROWS_READ);
});
