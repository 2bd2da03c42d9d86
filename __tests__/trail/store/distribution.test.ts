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
