import type { Action } from '../../flow/action';
import type { Edge, ServiceEdge } from '../../report/edge';

/**
 * The select list of an edge of `table`. Times become Unix seconds and counts float8 (exact up to 2^53), so that they
 * arrive as numbers whichever way the rows come.
 */
export function edgeColumns(table: string): string {
  return `${table}.src_ns, ${table}.dst_ns, ${table}.action, ${table}.flow_count::float8 AS flow_count,
  extract(epoch FROM ${table}.first_seen)::float8 AS first_seen,
  extract(epoch FROM ${table}.last_seen)::float8 AS last_seen`;
}

/** Reads a row of `edgeColumns`. In JSON, as psql prints it, infinite times are text. */
export function parseEdge(row: Readonly<Record<string, unknown>>): Edge {
  return {
    srcNs: row['src_ns'] as string,
    dstNs: row['dst_ns'] as string,
    action: row['action'] as Action,
    flowCount: row['flow_count'] as number,
    firstSeen: Number(row['first_seen']),
    lastSeen: Number(row['last_seen']),
  };
}

/** Reads a row of `edgeColumns` and the columns of a service. */
export function parseServiceEdge(row: Readonly<Record<string, unknown>>): ServiceEdge {
  return {
    ...parseEdge(row),
    srcService: row['src_service'] as string,
    dstService: row['dst_service'] as string,
    protocol: row['protocol'] as string,
    dstPort: row['dst_port'] as number,
  };
}
