import type { FlowKey } from './flow';
import type { FlowRing } from './flow-ring';
import type {
  Filter,
  FlowResult,
  HintsRequest,
  HintsResult,
  ListMeta,
  ListRequest,
  ListResult,
  StringMatch,
} from './messages';

/** A request that Goldmane answers with an error; grpc-go makes status 2 (unknown) of it. */
export class QueryError extends Error {}

const sortKeys = new Map<number, (key: FlowKey) => string>([
  [1, (key) => key.dest_name],
  [2, (key) => key.dest_namespace],
  [4, (key) => key.source_name],
  [5, (key) => key.source_namespace],
]);
const hintKeys = new Map<number, (key: FlowKey) => string>([
  [1, (key) => key.dest_name],
  [2, (key) => key.source_name],
  [3, (key) => key.dest_namespace],
  [4, (key) => key.source_namespace],
]);

/** Flows.List: one result per key, summed over the range's whole windows. */
export function listFlows(ring: FlowRing, request: ListRequest, now: number): ListResult {
  const { gte, lt } = timeRange(ring, request, now);
  const order = request.sort_by ?? [];
  if (order.length > 1) throw new QueryError('at most one sort order is supported');
  const sortBy = order[0]?.sort_by ?? 0;
  const keyOf = sortKeys.get(sortBy);
  if (sortBy !== 0 && keyOf === undefined)
    throw new QueryError(
      `unsupported sort order: ${sortBy === 3 ? 'DestType' : sortBy === 6 ? 'SourceType' : sortBy}`,
    );

  const found: FlowResult[] = [];
  for (const flow of ring.flows) {
    if (flow.startsWithin(gte, lt) && matches(request.filter, flow.key)) {
      found.push({ id: flow.id, flow: flow.aggregate(gte, lt) });
    }
  }
  if (keyOf === undefined) found.sort((a, b) => b.flow.start_time - a.flow.start_time);
  else found.sort((a, b) => compare(keyOf(a.flow.Key), keyOf(b.flow.Key)) || a.id - b.id);
  const { meta, items } = page(found, request);
  // Sorted by time, a page after the last one comes without totals.
  const beyond = keyOf === undefined && request.page_size > 0 && items.length === 0;
  return { meta: beyond ? { totalPages: 0, totalResults: 0 } : meta, flows: items };
}

/** Flows.FilterHints for names and namespaces. */
export function filterHints(ring: FlowRing, request: HintsRequest, now: number): HintsResult {
  const { gte, lt } = timeRange(ring, request, now);
  const keyOf = hintKeys.get(request.type);
  if (keyOf === undefined) throw new QueryError(`unsupported filter type ${request.type}`);
  const values = new Set<string>();
  for (const flow of ring.flows) {
    if (flow.startsWithin(gte, lt) && matches(request.filter, flow.key)) values.add(keyOf(flow.key));
  }
  const { meta, items } = page([...values].sort(compare), request);
  return { meta, hints: items.map((value) => ({ value })) };
}

function timeRange(
  ring: FlowRing,
  request: Pick<ListRequest, 'start_time_gte' | 'start_time_lt'>,
  now: number,
): { gte: number; lt: number } {
  const absolute = (seconds: number, zero: number): number =>
    seconds === 0 ? zero : seconds < 0 ? Math.floor(now) + seconds : seconds;
  const gte = absolute(request.start_time_gte, ring.oldest);
  const lt = absolute(request.start_time_lt, Math.floor(now));
  if (gte >= lt) throw new QueryError(`startTimeGt (${gte}) must be less than startTimeLt (${lt})`);
  return { gte, lt };
}

function page<T>(
  all: readonly T[],
  { page: number, page_size: size }: Pick<ListRequest, 'page' | 'page_size'>,
): { meta: ListMeta; items: readonly T[] } {
  const totalPages = all.length === 0 ? 0 : size === 0 ? 1 : Math.ceil(all.length / size);
  const items = size === 0 ? all : all.slice(number * size, (number + 1) * size);
  return { meta: { totalPages, totalResults: all.length }, items };
}

/** Whether a flow passes a filter; the values of one field are alternatives. */
export function matches(filter: Filter | null | undefined, key: FlowKey): boolean {
  if (filter === undefined || filter === null) return true;
  const { dest_ports: ports = [], actions = [] } = filter;
  return (
    anyText(filter.source_names, key.source_name) &&
    anyText(filter.dest_names, key.dest_name) &&
    anyText(filter.source_namespaces, key.source_namespace) &&
    anyText(filter.dest_namespaces, key.dest_namespace) &&
    anyText(filter.protocols, key.proto) &&
    (ports.length === 0 || ports.some(({ port }) => port === key.dest_port)) &&
    (actions.length === 0 || actions.includes(key.action))
  );
}

const anyText = (wanted: readonly StringMatch[] = [], actual: string): boolean =>
  wanted.length === 0 ||
  wanted.some(({ value, type }) => (type === 0 ? actual === value : actual.includes(value)));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
