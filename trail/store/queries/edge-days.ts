import type { Edge } from '../../report/edge';
import { conditionsSql, type EdgeConditions } from './edge-conditions';
import { edgeColumns, parseEdge } from './edge-row';
import { orderBy, type Sort } from './edges';
import { Parameters, type Query } from './query';

/** An edge and how it was used within some days. */
export interface EdgeDays {
  /** The edge; its `flowCount` counts within the days only. */
  readonly edge: Edge;
  /** UTC days on which it was seen. */
  readonly days: number;
}

/** Edges that were seen from one UTC day to another, both included, as `YYYY-MM-DD`; at most `limit`. */
export function edgeDaysQuery(
  conditions: EdgeConditions,
  from: string,
  to: string,
  sort: Sort,
  limit: number,
): Query<EdgeDays> {
  const parameters = new Parameters();
  const { cluster, src, dst } = conditions;
  const days = [
    `cluster = ${parameters.add(cluster, 'text')}`,
    `day BETWEEN ${parameters.add(from, 'date')} AND ${parameters.add(to, 'date')}`,
    ...(src === undefined ? [] : [`src_ns = ${parameters.add(src, 'text')}`]),
    ...(dst === undefined ? [] : [`dst_ns = ${parameters.add(dst, 'text')}`]),
  ];
  return {
    text: `SELECT ${edgeColumns('found')}, days FROM (
  SELECT edge.src_ns, edge.dst_ns, edge.action, used.flow_count, edge.first_seen, edge.last_seen, used.days
  FROM (
    SELECT src_ns, dst_ns, action, sum(flow_count) AS flow_count, count(*)::float8 AS days
    FROM edge_day WHERE ${days.join(' AND ')} GROUP BY src_ns, dst_ns, action
  ) AS used JOIN (SELECT * FROM edge WHERE ${conditionsSql(conditions, parameters)}) AS edge USING (src_ns, dst_ns, action)
) AS found
ORDER BY ${orderBy(sort, 'found.')} LIMIT ${parameters.add(limit, 'bigint')}`,
    values: parameters.values,
    parse: (row) => ({ edge: parseEdge(row), days: row['days'] as number }),
  };
}

/** How many days a pair was seen per verdict since a day, `YYYY-MM-DD`. */
export function pairDaysQuery(
  cluster: string,
  src: string,
  dst: string,
  since: string,
): Query<{ readonly action: Edge['action']; readonly days: number }> {
  const parameters = new Parameters();
  return {
    text: `SELECT action, count(*)::float8 AS days FROM edge_day
WHERE cluster = ${parameters.add(cluster, 'text')} AND src_ns = ${parameters.add(src, 'text')}
  AND dst_ns = ${parameters.add(dst, 'text')} AND day >= ${parameters.add(since, 'date')}
GROUP BY action ORDER BY action`,
    values: parameters.values,
    parse: (row) => ({ action: row['action'] as Edge['action'], days: row['days'] as number }),
  };
}
