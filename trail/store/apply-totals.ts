import type { ClientBase } from 'pg';
import type { Changes } from '../flow/changes';
import type { Extent, TotalsDelta } from '../flow/totals-delta';

/** Rows per statement: large enough to spend the time in PostgreSQL, small enough to bound its memory. */
const BATCH_ROWS = 1_000;

const totals = ['flow_count', 'connections', 'bytes_out', 'bytes_in'] as const;

/** Whether a row vanished from a window, so that `applyTotals` needs to know in which windows it still is. */
export function hasShrunk({ edges, services }: TotalsDelta): boolean {
  return [edges, services].some((changes) => changes.rows((row) => changes.shrunk(row)).length > 0);
}

/**
 * Writes a delta to edge, edge_service and edge_day inside the caller's transaction. `extent` says where rows
 * that shrank still occur in windows from `settledUntil` on, where those that were settled before this write end
 * (Unix seconds); undefined = none shrank.
 */
export async function applyTotals(
  client: ClientBase,
  cluster: string,
  delta: TotalsDelta,
  settledUntil: number,
  extent: Extent | undefined,
): Promise<void> {
  const { edges, services, days } = delta;
  const edgeKey = edgeKeyOf(delta);
  const serviceKey = serviceKeyOf(delta);
  await upsertSeen(client, cluster, 'edge', edgeKey, edges);
  await upsertSeen(client, cluster, 'edge_service', serviceKey, services);
  const dayKey: readonly Column[] = [
    (row) => delta.day(row),
    ...edgeKey.values.map((value) => (row: number) => value(delta.dayEdge(row))),
  ];
  await inBatches(
    client,
    `INSERT INTO edge_day (cluster, day, src_ns, dst_ns, action, ${totals.join(', ')})
     SELECT $1, date '1970-01-01' + t.day, t.src_ns, t.dst_ns, t.action, t.flow_count, t.connections, t.bytes_out, t.bytes_in
     FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
       AS t (day, src_ns, dst_ns, action, flow_count, connections, bytes_out, bytes_in)
     ON CONFLICT (cluster, day, src_ns, dst_ns, action) DO UPDATE SET ${added('edge_day')}`,
    cluster,
    days.rows(
      (row) =>
        days.flows(row) !== 0 ||
        days.connections(row) !== 0 ||
        days.bytesOut(row) !== 0 ||
        days.bytesIn(row) !== 0,
    ),
    [...dayKey, ...counts(days)],
  );
  if (extent === undefined) return;
  const shrunkEdges = edges.rows((row) => edges.shrunk(row));
  const shrunkServices = services.rows((row) => services.shrunk(row));
  await narrow(client, cluster, 'edge', edgeKey, shrunkEdges, settledUntil, extent.edges);
  await narrow(client, cluster, 'edge_service', serviceKey, shrunkServices, settledUntil, extent.services);
  await inBatches(
    client,
    `DELETE FROM edge_day USING unnest($2::int[], $3::text[], $4::text[], $5::text[]) AS t (day, src_ns, dst_ns, action)
     WHERE edge_day.cluster = $1 AND edge_day.day = date '1970-01-01' + t.day AND edge_day.src_ns = t.src_ns
       AND edge_day.dst_ns = t.dst_ns AND edge_day.action = t.action AND flow_count <= 0`,
    cluster,
    days.rows((row) => edges.shrunk(delta.dayEdge(row))),
    dayKey,
  );
}

/** What a column holds in a row of the delta. */
type Column = (row: number) => unknown;

interface Key {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly values: readonly Column[];
}

function edgeKeyOf(delta: TotalsDelta): Key {
  return {
    columns: ['src_ns', 'dst_ns', 'action'],
    types: ['text', 'text', 'text'],
    values: [
      (row) => delta.edgeSource(row),
      (row) => delta.edgeDestination(row),
      (row) => delta.edgeAction(row),
    ],
  };
}

function serviceKeyOf(delta: TotalsDelta): Key {
  const { keys } = delta;
  const name =
    (of: 'srcNs' | 'srcService' | 'dstNs' | 'dstService' | 'protocol'): Column =>
    (row) =>
      keys.names[keys[of](delta.serviceKey(row))];
  return {
    columns: ['src_ns', 'src_service', 'dst_ns', 'dst_service', 'protocol', 'dst_port', 'action'],
    types: ['text', 'text', 'text', 'text', 'text', 'int', 'text'],
    values: [
      name('srcNs'),
      name('srcService'),
      name('dstNs'),
      name('dstService'),
      name('protocol'),
      (row) => keys.dstPort(delta.serviceKey(row)),
      (row) => delta.serviceAction(row),
    ],
  };
}

function counts(changes: Changes): readonly Column[] {
  return [
    (row) => bounded(changes.flows(row)),
    (row) => bounded(changes.connections(row)),
    (row) => bounded(changes.bytesOut(row)),
    (row) => bounded(changes.bytesIn(row)),
  ];
}

/** The largest number of JavaScript that is a bigint. */
const MOST = 2 ** 63 - 1024;

function bounded(count: number): number {
  return Math.max(-MOST, Math.min(count, MOST));
}

async function upsertSeen(
  client: ClientBase,
  cluster: string,
  table: string,
  key: Key,
  changes: Changes,
): Promise<void> {
  const names = [...key.columns, 'first_seen', 'last_seen', 'settled_last_seen', ...totals];
  const types = [...key.types, 'bigint', 'bigint', 'bigint', 'bigint', 'bigint', 'bigint', 'bigint'];
  await inBatches(
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
    changes.rows((row) => changes.lastSeen(row) > 0 || changes.flows(row) !== 0),
    [
      ...key.values,
      // A row that only loses flows must not move its bounds here.
      (row) => Math.min(changes.firstSeen(row), FAR_FUTURE),
      (row) => changes.lastSeen(row),
      (row) => changes.settledLastSeen(row),
      ...counts(changes),
    ],
  );
}

/** 2242-03-16; later than any window that the decoder accepts. */
const FAR_FUTURE = 2 ** 33;

/**
 * Adds up to the largest bigint and stays there: an error would come again with every attempt, and end all writing.
 * Without numeric, which costs more, and with immutable functions only; see docs/scale.md.
 */
function added(table: string): string {
  return totals
    .map(
      (column) =>
        `${column} = least(${table}.${column}, 9223372036854775807 - greatest(excluded.${column}, 0)) + excluded.${column}`,
    )
    .join(', ');
}

/** Runs `sql` on the rows, some at a time: $1 is the cluster, then one array a column. */
async function inBatches(
  client: ClientBase,
  sql: string,
  cluster: string,
  rows: readonly number[],
  columns: readonly Column[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += BATCH_ROWS) {
    const batch = rows.slice(at, at + BATCH_ROWS);
    await client.query(sql, [cluster, ...columns.map((column) => batch.map(column))]);
  }
}

/** Moves the bounds of rows that vanished from a window inwards, and deletes rows that nothing is left of. */
async function narrow(
  client: ClientBase,
  cluster: string,
  table: string,
  key: Key,
  rows: readonly number[],
  settledUntil: number,
  open: Changes,
): Promise<void> {
  const names = [...key.columns, 'settled_until', 'first_seen', 'last_seen'];
  const types = [...key.types, 'bigint', 'bigint', 'bigint'];
  const source = `unnest(${types.map((type, index) => `$${index + 2}::${type}[]`).join(', ')}) AS t (${names.join(', ')})`;
  const match = `${table}.cluster = $1 AND ${key.columns.map((column) => `${table}.${column} = t.${column}`).join(' AND ')}`;
  const columns: readonly Column[] = [
    ...key.values,
    () => settledUntil,
    (row) => (open.lastSeen(row) > 0 ? open.firstSeen(row) : null),
    (row) => (open.lastSeen(row) > 0 ? open.lastSeen(row) : null),
  ];
  // Windows that were settled before lie before all others: where one of them holds the first sight, it stays. Those
  // that this very write settles are among the others, so what upsertSeen has set by them says nothing.
  await inBatches(
    client,
    `UPDATE ${table} SET
       first_seen = CASE WHEN ${table}.first_seen < to_timestamp(t.settled_until) THEN ${table}.first_seen
                         ELSE coalesce(to_timestamp(t.first_seen), ${table}.first_seen) END,
       last_seen = coalesce(greatest(settled_last_seen, to_timestamp(t.last_seen)), ${table}.last_seen)
     FROM ${source} WHERE ${match}`,
    cluster,
    rows,
    columns,
  );
  await inBatches(
    client,
    `DELETE FROM ${table} USING ${source} WHERE ${match} AND flow_count <= 0`,
    cluster,
    rows,
    columns,
  );
}
