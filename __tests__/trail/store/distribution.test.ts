import type { Client } from 'pg';
import { markEdgesTold, skipEdgesBefore } from '../../../trail/digest/mark-edges';
import { ask } from '../../../trail/store/ask';
import { readKnownServices } from '../../../trail/store/known-services';
import { Ledger } from '../../../trail/store/ledger';
import { pruneDays } from '../../../trail/store/prune-days';
import { allowlistQuery } from '../../../trail/store/queries/allowlist';
import { coverageQuery } from '../../../trail/store/queries/coverage';
import { digestSucceeded, lastDigestQuery } from '../../../trail/store/queries/digest-state';
import { edgeDaysQuery, pairDaysQuery } from '../../../trail/store/queries/edge-days';
import { edgesQuery } from '../../../trail/store/queries/edges';
import { matrixQuery } from '../../../trail/store/queries/matrix';
import { peersQuery } from '../../../trail/store/queries/peers';
import { servicesQuery } from '../../../trail/store/queries/services';
import { edgesToTellQuery } from '../../../trail/store/queries/untold';
import { transaction } from '../../../trail/store/transaction';
import { acquireLease, releaseLease } from '../../../trail/store/writer-lease';
import { contribution, windowAt } from '../../support/contributions';
import { seedEdges, edge } from '../../support/seed-edges';
import { trailDatabase, withDatabase } from '../../support/trail-database';

/** Not of any cluster: which migrations were applied. */
const NOT_DISTRIBUTED = ['trail_migration'];

test('a table could not be distributed by cluster, or a key would be unique on one node only', async () => {
  const database = await trailDatabase();
  await withDatabase(database.url, async (client) => {
    const { rows } = await client.query<{ table: string; keys: string[] | null; others: string[] | null }>(
      `SELECT class.relname AS table,
         array_agg(attribute.attname::text) FILTER (WHERE index.indisprimary) AS keys,
         array_agg(index.indexrelid::regclass::text) FILTER (WHERE attribute.attname <> 'cluster') AS others
       FROM pg_class AS class
       LEFT JOIN pg_index AS index ON index.indrelid = class.oid
       LEFT JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = index.indkey[0]
       WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p')
       GROUP BY class.relname ORDER BY class.relname`,
    );
    const distributed = rows.filter(({ table }) => !NOT_DISTRIBUTED.includes(table));
    expect(distributed.map(({ table }) => table)).toEqual([
      'coverage',
      'digest',
      'edge',
      'edge_day',
      'edge_service',
      'window_ledger',
      'writer',
    ]);
    for (const { table, keys, others } of distributed)
      expect({ table, keys, others }).toEqual({ table, keys: ['cluster'], others: null });
  });
  await database.drop();
});

test('a foreign key or a trigger would tie rows of several nodes together', async () => {
  const database = await trailDatabase();
  await withDatabase(database.url, async (client) => {
    const { rows } = await client.query(
      `SELECT conname AS name FROM pg_constraint WHERE contype = 'f'
       UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal`,
    );
    expect(rows).toEqual([]);
  });
  await database.drop();
});

/** Everything that is written or asked for one cluster, once. */
async function useEverything(client: Client, cluster: string): Promise<void> {
  const lease = await acquireLease(client, cluster, 'test');
  const ledger = await Ledger.load(client, lease!);
  const live = [0, 1].map((index) => contribution(index, 'shop>db:5432 allow 2 5'));
  await ledger.write({ begin: windowAt(0), live, liveUntil: windowAt(2) });
  await ledger.lastBusyWindow();
  // An edge that vanishes narrows and deletes rows; a settled window leaves the ledger.
  await ledger.write({ live: [contribution(1, 'shop>db:5432 deny 1 1')] });
  await ledger.write({ live: [], settle: { until: windowAt(1), readings: [] } });
  await pruneDays(client, lease!, 1, 10);
  await transaction(client, () => readKnownServices(client, cluster, 1));
  await seedEdges(client, [edge('old>db', 1)], cluster);
  await skipEdgesBefore(client, cluster, 2);
  await markEdgesTold(client, cluster, [{ srcNs: 'shop', dstNs: 'db', action: 'deny' }]);
  const conditions = { cluster, newSince: 0, denied: true };
  const day = '2026-11-21';
  for (const query of [
    edgesQuery({ ...conditions, ns: 'shop' }, 'first-seen', 5),
    servicesQuery({ ...conditions, service: 'web', port: 1 }, 'flows', 5),
    peersQuery(conditions, 'shop', 5),
    edgeDaysQuery({ ...conditions, src: 'shop' }, { from: day, to: day }, 'name', 5),
    edgeDaysQuery({ ...conditions, ns: 'shop' }, { from: day, to: day }, 'flows', 5),
    pairDaysQuery(cluster, 'shop', 'db', day),
    matrixQuery(cluster),
    allowlistQuery(cluster, 'shop'),
    coverageQuery(cluster, 0, 1),
    edgesToTellQuery({ cluster, since: 0, untoldOnly: true, limit: 5 }),
    digestSucceeded(cluster, 1),
    lastDigestQuery(cluster),
  ])
    await ask<unknown>(client, query);
  await releaseLease(client, lease!);
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

test('a statement reads a table without saying of which cluster, so every node has to answer it', async () => {
  const database = await trailDatabase();
  await withDatabase(database.url, async (client) => {
    const query = client.query.bind(client) as (text: string, values?: unknown[]) => Promise<never>;
    const used = new Map<string, unknown[]>();
    client.query = ((text: string, values: unknown[] = []) => {
      if (/^\s*(SELECT|INSERT|UPDATE|DELETE|DECLARE)/.test(text)) used.set(text, values);
      return query(text, values);
    }) as typeof client.query;
    await useEverything(client, 'west');
    Object.assign(client, { query });
    expect(used.size).toBeGreaterThan(25);

    const scans = (plan: Plan): Plan[] => [
      ...(plan['Relation Name'] !== undefined && plan['Node Type'] !== 'ModifyTable' ? [plan] : []),
      ...(plan.Plans ?? []).flatMap(scans),
    ];
    const found: string[] = [];
    for (const [text, values] of used) {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (FORMAT JSON) ${text}`,
        values,
      );
      const without = scans(rows[0]!['QUERY PLAN'][0].Plan).filter(
        (scan) => !JSON.stringify({ ...scan, Plans: [] }).includes("cluster = 'west'::text"),
      );
      if (without.length > 0) found.push(text);
    }
    expect(found).toEqual([]);
  });
  await database.drop();
});
