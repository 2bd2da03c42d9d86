import type { Edge } from '../../report/edge';
import { conditionsSql, type EdgeConditions } from './edge-conditions';
import { edgeColumns, parseEdge } from './edge-row';
import { firstEdges, orderBy, type Sort } from './edges';
import { Parameters, type Query } from './query';

/** An edge and how it was used within some days. */
export interface EdgeDays {
  /** The edge; its `flowCount` counts within the days only. */
  readonly edge: Edge;
  /** UTC days on which it was seen. */
  readonly days: number;
}

/** UTC days from one to another, both included, as `YYYY-MM-DD`. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** Edges that were seen on these days, at most `limit`. */
export function edgeDaysQuery(
  conditions: EdgeConditions,
  days: DayRange,
  sort: Sort,
  limit: number,
): Query<EdgeDays> {
  const parameters = new Parameters();
  const most = parameters.add(limit, 'bigint');
  const found =
    sort === 'flows'
      ? busiestEdges(conditions, days, parameters, most)
      : firstEdgesOfDays(conditions, days, sort, parameters, most);
  return {
    text: `SELECT ${edgeColumns('found')}, days FROM (${found}) AS found ORDER BY ${orderBy(sort, 'found.')}`,
    values: parameters.values,
    parse: (row) => ({ edge: parseEdge(row), days: row['days'] as number }),
  };
}

/**
 * In the order of the edges: takes them by index until there are enough that were seen on the days, and only then
 * adds the days up.
 */
function firstEdgesOfDays(
  conditions: EdgeConditions,
  days: DayRange,
  sort: Sort,
  parameters: Parameters,
  most: string,
): string {
  const cluster = parameters.add(conditions.cluster, 'text');
  const [from, to] = [parameters.add(days.from, 'date'), parameters.add(days.to, 'date')];
  const daysOf = (edge: string): string => `FROM edge_day WHERE edge_day.cluster = ${cluster}
    AND edge_day.src_ns = ${edge}.src_ns AND edge_day.dst_ns = ${edge}.dst_ns AND edge_day.action = ${edge}.action
    AND ${within('edge_day.day', from, to)}`;
  // What was first seen later or last seen before need not be looked for.
  const seen = ` AND first_seen < ${startOfDay(`${to} + 1`)} AND last_seen >= ${startOfDay(from)}
    AND EXISTS (SELECT ${daysOf('edge')})`;
  return `SELECT edge.src_ns, edge.dst_ns, edge.action, used.flow_count, edge.first_seen, edge.last_seen, used.days
FROM (${firstEdges(conditions, sort, parameters, most, seen)}) AS edge
CROSS JOIN LATERAL (SELECT sum(flow_count) AS flow_count, count(*)::float8 AS days ${daysOf('edge')}) AS used`;
}

/** By observations on the days: all that was seen on them has to be added up. */
function busiestEdges(
  conditions: EdgeConditions,
  { from, to }: DayRange,
  parameters: Parameters,
  most: string,
): string {
  const { newSince, ...others } = conditions;
  const where = conditionsSql(others, parameters);
  const cluster = parameters.add(conditions.cluster, 'text');
  const edgeOf = (row: string): string =>
    `edge.cluster = ${cluster} AND edge.src_ns = ${row}.src_ns AND edge.dst_ns = ${row}.dst_ns AND edge.action = ${row}.action`;
  const isNew =
    newSince === undefined
      ? ''
      : ` AND EXISTS (SELECT FROM edge WHERE ${edgeOf('edge_day')}
      AND edge.first_seen >= to_timestamp(${parameters.add(newSince, 'float8')}))`;
  return `SELECT edge.src_ns, edge.dst_ns, edge.action, used.flow_count, edge.first_seen, edge.last_seen, used.days
FROM (
  SELECT src_ns, dst_ns, action, sum(flow_count) AS flow_count, count(*)::float8 AS days FROM edge_day
  WHERE ${where} AND ${within('day', parameters.add(from, 'date'), parameters.add(to, 'date'), from === to)}${isNew}
  GROUP BY src_ns, dst_ns, action ORDER BY ${orderBy('flows')} LIMIT ${most}
) AS used JOIN edge ON ${edgeOf('used')}`;
}

/** One day is said as such: then the key's own order adds it up. */
function within(day: string, from: string, to: string, isOneDay = false): string {
  return isOneDay ? `${day} = ${from} AND ${day} = ${to}` : `${day} BETWEEN ${from} AND ${to}`;
}

/** Whatever time zone the server is set to. */
function startOfDay(date: string): string {
  return `(${date})::timestamp AT TIME ZONE 'UTC'`;
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
