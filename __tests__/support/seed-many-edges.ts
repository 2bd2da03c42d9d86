import type { Client } from 'pg';

/**
 * Fills a trail's database with about `count` edges first seen over the last year: a square of namespaces, one
 * namespace `hub` that 20,000 others talk to, 2 % denied, a day's worth not told; and 200,000 rows of services.
 */
export async function seedManyEdges(client: Client, count: number): Promise<void> {
  const hub = Math.min(20_000, Math.floor(count / 10));
  const side = Math.ceil(Math.sqrt(count - hub));
  // Built once at the end, indexes take a fraction of the time.
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE tablename IN ('edge', 'edge_service') AND indexname NOT LIKE '%pkey'`,
  );
  for (const { name } of indexes) await client.query(`DROP INDEX ${client.escapeIdentifier(name)}`);
  await client.query("INSERT INTO writer (cluster) VALUES ('default') ON CONFLICT DO NOTHING");
  await client.query(
    `INSERT INTO edge (cluster, src_ns, dst_ns, action, first_seen, last_seen, flow_count, settled_last_seen, told)
     SELECT 'default', src, dst, CASE WHEN number % 50 = 0 THEN 'deny' ELSE 'allow' END, seen, now(), number, now(),
       seen < now() - interval '1 day'
     FROM (
       SELECT src, dst, number, now() - interval '1 year' * ((number::bigint * 7919) % 1000003) / 1000003.0 AS seen
       FROM (
         SELECT 'ns-' || a AS src, 'ns-' || b AS dst, a * $1 + b AS number
         FROM generate_series(0, $1 - 1) AS a, generate_series(0, $1 - 1) AS b WHERE a <> b
         UNION ALL SELECT 'tenant-' || t, 'hub', t FROM generate_series(1, $2) AS t
       ) AS pair
     ) AS timed`,
    [side, hub],
  );
  await client.query(
    `INSERT INTO edge_service (cluster, src_ns, src_service, dst_ns, dst_service, protocol, dst_port, action,
       first_seen, last_seen, flow_count, connections, bytes_out, bytes_in)
     SELECT 'default', 'ns-' || n % $1, '', 'ns-' || (n / $1) % $1, CASE WHEN n % 500 = 0 THEN 'prometheus' ELSE '' END,
       'tcp', CASE WHEN n % 100 = 0 THEN 5432 ELSE 1024 + n % 60000 END, 'allow', now() - interval '1 minute' * n, now(), 1, 1, 1, 1
     FROM generate_series(0, 199999) AS n ON CONFLICT DO NOTHING`,
    [side],
  );
  for (const { definition } of indexes) await client.query(definition);
  await client.query('ANALYZE');
}

/** Gives at most `most` edges, those of `seedManyEdges`, a row on each of the UTC days (`YYYY-MM-DD`). */
export async function seedDays(client: Client, days: readonly string[], most: number): Promise<void> {
  await client.query(
    `INSERT INTO edge_day (cluster, day, src_ns, dst_ns, action, flow_count, connections, bytes_out, bytes_in)
     SELECT cluster, day, src_ns, dst_ns, action, flow_count, 1, 1, 1
     FROM unnest($1::date[]) AS day, (SELECT * FROM edge LIMIT $2) AS edge`,
    [days, most],
  );
  await client.query('ANALYZE edge_day');
}
