import type { Edge } from '../../report/edge';
import { edgeColumns, parseEdge } from './edge-row';
import { Parameters, type Query } from './query';

/** Edges first seen since a time, the most important first: denied ones, then by name. */
export function edgesToTellQuery(options: {
  readonly cluster: string;
  /** Unix seconds. */
  readonly since: number;
  /** Leave out those that a digest has told. */
  readonly untoldOnly: boolean;
  readonly limit: number;
}): Query<Edge> {
  const parameters = new Parameters();
  return {
    text: `SELECT ${edgeColumns('edge')} FROM edge
WHERE cluster = ${parameters.add(options.cluster, 'text')}
  AND edge.first_seen >= to_timestamp(${parameters.add(options.since, 'float8')})${options.untoldOnly ? ' AND NOT told' : ''}
ORDER BY edge.action <> 'deny', src_ns, dst_ns, action
LIMIT ${parameters.add(options.limit, 'bigint')}`,
    values: parameters.values,
    parse: parseEdge,
  };
}

/** What names an edge within its cluster. */
export type EdgeName = Pick<Edge, 'srcNs' | 'dstNs' | 'action'>;

/** Of some edges, those that exist and have not been told. */
export function untoldQuery(cluster: string, edges: readonly EdgeName[]): Query<EdgeName> {
  const parameters = new Parameters();
  return {
    text: `SELECT edge.src_ns, edge.dst_ns, edge.action FROM ${named(parameters, cluster, edges)}`,
    values: parameters.values,
    parse: parseName,
  };
}

/**
 * Marks edges as told, except those that the writer has locked at this moment: neither must it ever wait for
 * the digest, nor the two for each other.
 */
export function markTold(cluster: string, edges: readonly EdgeName[]): Query<never> {
  const parameters = new Parameters();
  return mark(
    `SELECT edge.cluster, edge.src_ns, edge.dst_ns, edge.action FROM ${named(parameters, cluster, edges)}`,
    parameters,
    cluster,
  );
}

/** Gives up telling at most `limit` edges that were first seen before a time; locked ones as above. */
export function markUntoldBefore(cluster: string, before: number, limit: number): Query<never> {
  const parameters = new Parameters();
  return mark(
    `SELECT cluster, src_ns, dst_ns, action FROM edge WHERE ${untoldBefore(parameters, cluster, before)} LIMIT ${parameters.add(limit, 'bigint')}`,
    parameters,
    cluster,
  );
}

/** How many edges that were first seen before a time have not been told. */
export function countUntoldBefore(cluster: string, before: number): Query<number> {
  const parameters = new Parameters();
  return {
    text: `SELECT count(*)::float8 AS count FROM edge WHERE ${untoldBefore(parameters, cluster, before)}`,
    values: parameters.values,
    parse: (row) => row['count'] as number,
  };
}

function untoldBefore(parameters: Parameters, cluster: string, before: number): string {
  return `cluster = ${parameters.add(cluster, 'text')} AND NOT told AND first_seen < to_timestamp(${parameters.add(before, 'float8')})`;
}

function named(parameters: Parameters, cluster: string, edges: readonly EdgeName[]): string {
  const of = parameters.add(cluster, 'text');
  const srcNs = parameters.add(
    edges.map((edge) => edge.srcNs),
    'text[]',
  );
  const dstNs = parameters.add(
    edges.map((edge) => edge.dstNs),
    'text[]',
  );
  const action = parameters.add(
    edges.map((edge) => edge.action),
    'text[]',
  );
  return `edge JOIN unnest(${srcNs}, ${dstNs}, ${action}) AS name (src_ns, dst_ns, action)
  ON edge.cluster = ${of} AND edge.src_ns = name.src_ns AND edge.dst_ns = name.dst_ns AND edge.action = name.action
WHERE NOT edge.told`;
}

function mark(selection: string, parameters: Parameters, cluster: string): Query<never> {
  return {
    // The cluster once more: a distributed database can't do this unless it knows that all of it happens on one node.
    text: `UPDATE edge SET told = true FROM (${selection} FOR UPDATE OF edge SKIP LOCKED) AS free
WHERE edge.cluster = ${parameters.add(cluster, 'text')} AND edge.cluster = free.cluster AND edge.src_ns = free.src_ns AND edge.dst_ns = free.dst_ns AND edge.action = free.action`,
    values: parameters.values,
    parse: () => undefined as never,
  };
}

function parseName(row: Readonly<Record<string, unknown>>): EdgeName {
  return {
    srcNs: row['src_ns'] as string,
    dstNs: row['dst_ns'] as string,
    action: row['action'] as Edge['action'],
  };
}
