import type { Edge, ServiceEdge } from '../report/edge';
import { isoTime } from '../report/time';

/** Fields of an edge, in order. */
export const EDGE_FIELDS: readonly string[] = [
  'src_ns',
  'dst_ns',
  'action',
  'flow_count',
  'first_seen',
  'last_seen',
];

/** Fields of an edge by service, in order. */
export const SERVICE_FIELDS: readonly string[] = [
  ...EDGE_FIELDS,
  'src_service',
  'dst_service',
  'protocol',
  'dst_port',
];

/** An edge as scripts read it; names and order of the fields are a contract. */
export function edgeObject(edge: Edge): Readonly<Record<string, string | number>> {
  return {
    src_ns: edge.srcNs,
    dst_ns: edge.dstNs,
    action: edge.action,
    flow_count: edge.flowCount,
    first_seen: isoTime(edge.firstSeen),
    last_seen: isoTime(edge.lastSeen),
  };
}

/** An edge with its services, protocol and port, as scripts read it. */
export function serviceObject(edge: ServiceEdge): Readonly<Record<string, string | number>> {
  return {
    ...edgeObject(edge),
    src_service: edge.srcService,
    dst_service: edge.dstService,
    protocol: edge.protocol,
    dst_port: edge.dstPort,
  };
}
