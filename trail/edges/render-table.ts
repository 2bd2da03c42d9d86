import type { Edge, ServiceEdge } from '../report/edge';
import type { EdgeDays } from '../store/queries/edge-days';
import type { Style } from '../report/style';
import { renderTable, type Column } from '../report/table';
import { ago, utc } from '../report/time';

/** Edges as a table for people, denied ones in red. `now` in Unix seconds. Ends with a line break. */
export function renderEdgeTable(edges: readonly Edge[], style: Style, now: number): string {
  return renderTable(edges, [...endpoints, ...facts(now)], style, isDenied);
}

/** Edges by service, protocol and port as a table for people. */
export function renderServiceTable(edges: readonly ServiceEdge[], style: Style, now: number): string {
  return renderTable(edges, [...serviceEndpoints, ...facts(now)], style, isDenied);
}

/** Edges as they were used within some days; FLOWS counts within them. */
export function renderEdgeDaysTable(rows: readonly EdgeDays[], style: Style, now: number): string {
  const days: Column<EdgeDays> = { title: 'DAYS', text: (row) => String(row.days), align: 'right' };
  const columns = [...endpoints, ...facts(now)].map((column): Column<EdgeDays> => ({
    ...column,
    text: ({ edge }) => column.text(edge),
  }));
  columns.splice(3, 0, days);
  return renderTable(rows, columns, style, ({ edge }) => isDenied(edge));
}

/** Shortest that a namespace is cut to; shorter ones can hardly be told apart. */
const NAME_WIDTH = 12;

const endpoints: readonly Column<Edge>[] = [
  { title: 'SOURCE', text: (edge) => edge.srcNs, minWidth: NAME_WIDTH },
  { title: 'DESTINATION', text: (edge) => edge.dstNs, minWidth: NAME_WIDTH },
];

const serviceEndpoints: readonly Column<ServiceEdge>[] = [
  { title: 'SOURCE', text: (edge) => identity(edge.srcNs, edge.srcService), minWidth: NAME_WIDTH },
  { title: 'DESTINATION', text: (edge) => identity(edge.dstNs, edge.dstService), minWidth: NAME_WIDTH },
  {
    title: 'PORT',
    text: (edge) => (edge.dstPort === 0 ? edge.protocol : `${edge.protocol}/${edge.dstPort}`),
  },
];

const facts = (now: number): readonly Column<Edge>[] => [
  { title: 'ACTION', text: (edge) => edge.action },
  { title: 'FLOWS', text: (edge) => String(edge.flowCount), align: 'right', optional: 3 },
  { title: 'FIRST SEEN (UTC)', text: (edge) => utc(edge.firstSeen), optional: 2 },
  { title: 'AGE', text: (edge) => ago(edge.firstSeen, now) },
  { title: 'LAST SEEN (UTC)', text: (edge) => utc(edge.lastSeen), optional: 4 },
  { title: 'LAST', text: (edge) => ago(edge.lastSeen, now), optional: 1 },
];

function isDenied({ action }: Edge): boolean {
  return action === 'deny';
}

/** A service as people write it: the namespace, and in a multi-service namespace `/` and the service. */
export function identity(namespace: string, service: string): string {
  return service === '' ? namespace : `${namespace}/${service}`;
}
