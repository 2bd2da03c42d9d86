import type { Edge } from '../../report/edge';
import { conditionsSql, type EdgeConditions } from './edge-conditions';
import { edgeColumns, parseEdge } from './edge-row';
import { Parameters, type Query } from './query';

/** How rows can be ordered: newest first sight, latest sight, most observations, or by name. */
export const SORTS = ['first-seen', 'last-seen', 'flows', 'name'] as const;

export type Sort = (typeof SORTS)[number];

/** Edges of one cluster that meet the conditions, at most `limit`. */
export function edgesQuery(conditions: EdgeConditions, sort: Sort, limit: number): Query<Edge> {
  const parameters = new Parameters();
  const source = firstEdges(conditions, sort, parameters, parameters.add(limit, 'bigint'));
  return {
    text: `SELECT ${edgeColumns('found')} FROM (${source}) AS found ORDER BY ${orderBy(sort, 'found.')}`,
    values: parameters.values,
    parse: parseEdge,
  };
}

/** SQL of the first edges, `most` (a placeholder) of them, that meet the conditions and `also` (SQL about `edge`). */
export function firstEdges(
  conditions: EdgeConditions,
  sort: Sort,
  parameters: Parameters,
  most: string,
  also = '',
): string {
  const order = orderBy(sort);
  const where = conditionsSql(conditions, parameters, { withoutNs: true });
  const some = (end = ''): string =>
    `SELECT * FROM edge WHERE ${where}${end}${also} ORDER BY ${order} LIMIT ${most}`;
  if (conditions.ns === undefined) return some();
  const ns = parameters.add(conditions.ns, 'text');
  // Two branches, each of which an index answers in order; no edge has the same namespace at both ends.
  return `SELECT * FROM ((${some(` AND src_ns = ${ns}`)}) UNION ALL (${some(` AND dst_ns = ${ns}`)})) AS either
ORDER BY ${order} LIMIT ${most}`;
}

const orders: Readonly<Record<Sort, readonly string[]>> = {
  'first-seen': ['first_seen DESC', 'src_ns', 'dst_ns', 'action'],
  'last-seen': ['last_seen DESC', 'src_ns', 'dst_ns', 'action'],
  flows: ['flow_count DESC', 'src_ns', 'dst_ns', 'action'],
  name: ['src_ns', 'dst_ns', 'action'],
};

/** The ORDER BY list of a sort, each column with `prefix`. */
export function orderBy(sort: Sort, prefix = ''): string {
  return orders[sort].map((column) => `${prefix}${column}`).join(', ');
}
