import type { ClientBase } from 'pg';
import type { EdgeChange, Extent, ServiceChange, TotalsChange, TotalsDelta } from '../flow/totals-delta';

/** Rows per statement: large enough to spend the time in PostgreSQL, small enough to bound its memory. */
const BATCH_ROWS = 5_000;

const totals = ['flow_count', 'connections', 'bytes_out', 'bytes_in'] as const;

/**
 * Writes a delta to edge, edge_service and edge_day inside the caller's transaction. `extent` says where rows
 * that shrank still occur in windows that are not settled; asked for only where a row shrank.
 */
export async function applyTotals(
  client: ClientBase,
  cluster: string,
  delta: TotalsDelta,
  extent: () => Extent,
): Promise<void> {
  const edges = [...delta.edges.values()].filter(matters);
  const services = [...delta.services.values()].filter(matters);
  const days = [...delta.days.values()].filter(
    (change) =>
      change.flows !== 0 || change.connections !== 0 || change.bytesOut !== 0 || change.bytesIn !== 0,
  );
  await upsertSeen(client, cluster, 'edge', edgeKey, edges);
  await upsertSeen(client, cluster, 'edge_service', serviceKey, services);
  await upsert(
    client,
    `INSERT INTO edge_day (cluster, day, src_ns, dst_ns, action, ${totals.join(', ')})
     SELECT $1, date '1970-01-01' + t.day, t.src_ns, t.dst_ns, t.action, t.flow_count, t.connections, t.bytes_out, t.bytes_in
     FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
       AS t (day, src_ns, dst_ns, action, flow_count, connections, bytes_out, bytes_in)
     ON CONFLICT (cluster, day, src_ns, dst_ns, action) DO UPDATE SET ${added('edge_day')}`,
    cluster,
    days,
    [(each) => each.day, (each) => each.srcNs, (each) => each.dstNs, (each) => each.action, ...counts],
  );
  await shrink(client, cluster, delta, extent);
}

interface Key<T> {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly values: readonly ((change: T) => unknown)[];
}

const edgeKey: Key<EdgeChange> = {
  columns: ['src_ns', 'dst_ns', 'action'],
  types: ['text', 'text', 'text'],
  values: [(each) => each.srcNs, (each) => each.dstNs, (each) => each.action],
};

const serviceKey: Key<ServiceChange> = {
  columns: ['src_ns', 'src_service', 'dst_ns', 'dst_service', 'protocol', 'dst_port', 'action'],
  types: ['text', 'text', 'text', 'text', 'text', 'int', 'text'],
  values: [
    (each) => each.key.srcNs,
    (each) => each.key.srcService,
    (each) => each.key.dstNs,
    (each) => each.key.dstService,
    (each) => each.key.protocol,
    (each) => each.key.dstPort,
    (each) => each.action,
  ],
};

const counts: readonly ((change: TotalsChange) => unknown)[] = [
  (each) => each.flows,
  (each) => each.connections,
  (each) => each.bytesOut,
  (each) => each.bytesIn,
];

function matters(change: TotalsChange): boolean {
  return Number.isFinite(change.firstSeen) || change.flows !== 0;
}

async function upsertSeen<T extends TotalsChange>(
  client: ClientBase,
  cluster: string,
  table: string,
  key: Key<T>,
  changes: readonly T[],
): Promise<void> {
  const names = [...key.columns, 'first_seen', 'last_seen', 'settled_last_seen', ...totals];
  const types = [...key.types, 'bigint', 'bigint', 'bigint', 'bigint', 'bigint', 'bigint', 'bigint'];
  await upsert(
    client,
    `INSERT INTO ${table} (cluster, ${names.join(', ')})
     SELECT $1, ${key.columns.map((column) => `t.${column}`).join(', ')},
       to_timestamp(t.first_seen), to_timestamp(t.last_seen), to_timestamp(nullif(t.settled_last_seen, 0)),
       ${totals.map((column) => `t.${column}`).join(', ')}
     FROM unnest(${types.map((type, index) => `$${index + 2}::${type}[]`).join(', ')}) AS t (${names.join(', ')})
     ON CONFLICT (cluster, ${key.columns.join(', ')}) DO UPDATE SET
       first_seen = least(${table}.first_seen, excluded.first_seen),
       last_seen = greatest(${table}.last_seen, excluded.last_seen),
       settled_last_seen = greatest(${table}.settled_last_seen, excluded.settled_last_seen),
       ${added(table)}`,
    cluster,
    changes,
    [
      ...key.values,
      // A row that only loses flows must not move its bounds here.
      (each) => (Number.isFinite(each.firstSeen) ? each.firstSeen : FAR_FUTURE),
      (each) => each.lastSeen,
      (each) => each.settledLastSeen,
      ...counts,
    ],
  );
}

/** 2242-03-16; later than any window that the decoder accepts. */
const FAR_FUTURE = 2 ** 33;

function added(table: string): string {
  return totals.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(', ');
}

async function upsert<T>(
  client: ClientBase,
  sql: string,
  cluster: string,
  rows: readonly T[],
  columns: readonly ((row: T) => unknown)[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += BATCH_ROWS) {
    const batch = rows.slice(at, at + BATCH_ROWS);
    await client.query(sql, [cluster, ...columns.map((column) => batch.map(column))]);
  }
}

/** Moves the bounds of rows that vanished from a window inwards, and deletes rows that nothing is left of. */
async function shrink(
  client: ClientBase,
  cluster: string,
  delta: TotalsDelta,
  extent: () => Extent,
): Promise<void> {
  const edges = [...delta.edges].filter(([, change]) => change.shrunk);
  const services = [...delta.services].filter(([, change]) => change.shrunk);
  if (edges.length === 0 && services.length === 0) return;
  const open = extent();
  await narrow(client, cluster, 'edge', edgeKey, edges, open.edges);
  await narrow(client, cluster, 'edge_service', serviceKey, services, open.services);
  await client.query('DELETE FROM edge_day WHERE cluster = $1 AND flow_count <= 0', [cluster]);
}

async function narrow<T extends TotalsChange>(
  client: ClientBase,
  cluster: string,
  table: string,
  key: Key<T>,
  changes: readonly (readonly [string, T])[],
  open: Extent['edges'],
): Promise<void> {
  const names = [...key.columns, 'first_seen', 'last_seen'];
  const types = [...key.types, 'bigint', 'bigint'];
  const source = `unnest(${types.map((type, index) => `$${index + 2}::${type}[]`).join(', ')}) AS t (${names.join(', ')})`;
  const match = `${table}.cluster = $1 AND ${key.columns.map((column) => `${table}.${column} = t.${column}`).join(' AND ')}`;
  const columns: readonly ((row: readonly [string, T]) => unknown)[] = [
    ...key.values.map(
      (value) =>
        ([, change]: readonly [string, T]) =>
          value(change),
    ),
    ([text]) => open.get(text)?.firstSeen ?? null,
    ([text]) => open.get(text)?.lastSeen ?? null,
  ];
  // Settled windows lie before all others: where there is one, it holds the first sight.
  await upsert(
    client,
    `UPDATE ${table} SET
       first_seen = CASE WHEN settled_last_seen IS NULL THEN coalesce(to_timestamp(t.first_seen), ${table}.first_seen)
                         ELSE ${table}.first_seen END,
       last_seen = coalesce(greatest(settled_last_seen, to_timestamp(t.last_seen)), ${table}.last_seen)
     FROM ${source} WHERE ${match}`,
    cluster,
    changes,
    columns,
  );
  await upsert(
    client,
    `DELETE FROM ${table} USING ${source} WHERE ${match} AND flow_count <= 0`,
    cluster,
    changes,
    columns,
  );
}
