import type { Style } from '../report/style';
import { renderTable } from '../report/table';
import { edgeDaysQuery } from '../store/queries/edge-days';
import { edgesQuery, type Sort } from '../store/queries/edges';
import { peersQuery } from '../store/queries/peers';
import { servicesQuery, type ServiceConditions } from '../store/queries/services';
import type { Report } from './formats';
import type { Asked } from './reader-options';
import { EDGE_FIELDS, edgeObject, SERVICE_FIELDS, serviceObject } from './render-json';
import { identity, renderEdgeDaysTable, renderEdgeTable, renderServiceTable } from './render-table';

interface ListOptions extends Omit<ServiceConditions, 'cluster'> {
  readonly peersOf?: string;
  readonly between?: readonly string[];
  readonly sort: Sort;
  readonly limit: number;
}

/** Asks for the rows that the options describe. `now` in Unix seconds. */
export async function listEdges(
  options: ListOptions,
  { reader, cluster }: Asked,
  style: Style,
  now: number,
): Promise<Report> {
  const { sort, limit, peersOf, between, service, port } = options;
  const conditions = { ...options, cluster };
  if (peersOf !== undefined) {
    const [peers] = await reader.ask(peersQuery(conditions, peersOf, limit));
    return {
      fields: ['peer', 'action'],
      objects: peers.map(({ peer, action }) => ({ peer, action })),
      table: () =>
        renderTable(
          peers,
          [
            { title: 'PEER', text: ({ peer }) => peer },
            { title: 'ACTION', text: ({ action }) => action },
          ],
          style,
          ({ action }) => action === 'deny',
        ),
    };
  }
  if (between !== undefined) {
    const [from = '', to = ''] = between;
    const [rows] = await reader.ask(edgeDaysQuery(conditions, { from, to }, sort, limit));
    return {
      fields: [...EDGE_FIELDS, 'days'],
      objects: rows.map(({ edge, days }) => ({ ...edgeObject(edge), days })),
      table: () => renderEdgeDaysTable(rows, style, now),
      graph: () => rows.map(({ edge }) => arrow(edge.srcNs, edge.dstNs, edge)),
    };
  }
  if (service !== undefined || port !== undefined) {
    const [rows] = await reader.ask(servicesQuery(conditions, sort, limit));
    return {
      fields: SERVICE_FIELDS,
      objects: rows.map(serviceObject),
      table: () => renderServiceTable(rows, style, now),
      graph: () =>
        rows.map((edge) => ({
          ...arrow(identity(edge.srcNs, edge.srcService), identity(edge.dstNs, edge.dstService), edge),
          label: `${edge.protocol}/${edge.dstPort}`,
        })),
    };
  }
  const [edges] = await reader.ask(edgesQuery(conditions, sort, limit));
  return {
    fields: EDGE_FIELDS,
    objects: edges.map(edgeObject),
    table: () => renderEdgeTable(edges, style, now),
    graph: () => edges.map((edge) => arrow(edge.srcNs, edge.dstNs, edge)),
  };
}

function arrow(
  from: string,
  to: string,
  { action }: { readonly action: 'allow' | 'deny' | 'pass' | 'unspecified' },
): { from: string; to: string; action: typeof action; label?: string } {
  return { from, to, action, ...(action !== 'allow' && { label: action }) };
}
