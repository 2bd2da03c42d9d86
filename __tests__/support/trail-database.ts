import { Client } from 'pg';
import { migrate } from '../../trail/store/migrate';
import type { Postgres } from '../../demo/postgres/start';
import { freshDatabase, type TestDatabase } from './postgres';

/** A database with the trail's schema, empty. */
export function trailDatabase(): Promise<TestDatabase> {
  return freshDatabase({
    name: 'trail',
    prepare: (url) =>
      withDatabase(url, async (client) => {
        await migrate(client, 'default');
      }),
  });
}

/** The database of a server of the test's own, empty; stopping the server is the test's business. */
export function databaseOf({ url, adminUrl }: Postgres): TestDatabase {
  return { name: new URL(url).pathname.slice(1), url, adminUrl, drop: () => Promise.resolve() };
}

/** Runs `use` on a connection of its own. */
export async function withDatabase<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Edges as "src>dst action flows connections first..last" with times as window indexes after `origin`, sorted. */
export async function edgeLines(client: Client, origin: number, cluster = 'default'): Promise<string[]> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT src_ns, dst_ns, action, flow_count, connections,
       (extract(epoch FROM first_seen) - $2)::bigint / 15 AS first, (extract(epoch FROM last_seen) - $2)::bigint / 15 AS last
     FROM edge WHERE cluster = $1 ORDER BY src_ns, dst_ns, action`,
    [cluster, origin],
  );
  return rows.map(
    (row) =>
      `${row['src_ns']}>${row['dst_ns']} ${row['action']} ${row['flow_count']} ${row['connections']} ${row['first']}..${row['last']}`,
  );
}

/** Coverage as "start..end state" with times as window indexes after `origin`. */
export async function coverageLines(client: Client, origin: number, cluster = 'default'): Promise<string[]> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT (extract(epoch FROM range_start) - $2)::bigint / 15 AS start, (extract(epoch FROM range_end) - $2)::bigint / 15 AS end, state
     FROM coverage WHERE cluster = $1 ORDER BY range_start`,
    [cluster, origin],
  );
  return rows.map((row) => `${row['start']}..${row['end']} ${row['state']}`);
}
