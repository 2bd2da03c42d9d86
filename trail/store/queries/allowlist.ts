import { Parameters, type Query } from './query';

/** A destination that a namespace was allowed to reach. Times in Unix seconds. */
export interface AllowedDestination {
  readonly dstNs: string;
  /** `tcp/5432`, …; with the service in a multi-service namespace: `prometheus tcp/9090`. */
  readonly ports: readonly string[];
  readonly flowCount: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/** What a namespace was seen talking to with a verdict of allow, by name. */
export function allowlistQuery(cluster: string, ns: string): Query<AllowedDestination> {
  const parameters = new Parameters();
  const of = parameters.add(cluster, 'text');
  const src = parameters.add(ns, 'text');
  return {
    text: `SELECT edge.dst_ns, edge.flow_count::float8 AS flow_count,
  extract(epoch FROM edge.first_seen)::float8 AS first_seen, extract(epoch FROM edge.last_seen)::float8 AS last_seen,
  coalesce(service.ports, '{}') AS ports
FROM edge LEFT JOIN (
  SELECT dst_ns, array_agg(DISTINCT concat_ws(' ', nullif(dst_service, ''),
    protocol || CASE WHEN dst_port = 0 THEN '' ELSE '/' || dst_port END)) AS ports
  FROM edge_service WHERE cluster = ${of} AND src_ns = ${src} AND action = 'allow' GROUP BY dst_ns
) AS service USING (dst_ns)
WHERE edge.cluster = ${of} AND edge.src_ns = ${src} AND edge.action = 'allow'
ORDER BY edge.dst_ns`,
    values: parameters.values,
    parse: (row) => ({
      dstNs: row['dst_ns'] as string,
      ports: row['ports'] as string[],
      flowCount: row['flow_count'] as number,
      firstSeen: Number(row['first_seen']),
      lastSeen: Number(row['last_seen']),
    }),
  };
}
