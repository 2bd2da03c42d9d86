import {
  EndpointType,
  identityText,
  Reporter,
  WINDOW_SECONDS,
  windowStart,
  type FlowKey,
  type FlowReport,
} from './flow';

/** What an edge must amount to; times in Unix seconds. The same shape as a line of expected-edges.json. */
export interface ExpectedEdge {
  readonly src_ns: string;
  readonly dst_ns: string;
  readonly action: string;
  /** Start of its first window. */
  readonly first_seen: number;
  /** End of its last window. */
  readonly last_seen: number;
  /** Distinct flows, counted in every window anew. */
  readonly flow_count: number;
  readonly connections: number;
  /** Bytes from source to destination. */
  readonly bytes_out: number;
  readonly bytes_in: number;
}

/** Both sides' word on one flow in one window. */
interface Observation {
  readonly key: FlowKey;
  readonly verdicts: Set<number>;
  readonly sides: Map<number, { connections: number; forth: number; back: number }>;
}

const verdictNames: readonly (readonly [wire: number, name: string])[] = [
  [2, 'deny'],
  [3, 'pass'],
  [1, 'allow'],
];

/**
 * The simulator's own account of what it was fed: the edges that a faultless reader must arrive at. Written
 * straight from the counting rules and in another way than trail counts, to be the judge of it.
 */
export class Ledger {
  private readonly observations = new Map<number, Map<string, Observation>>();

  private readonly flows = new WeakMap<FlowKey, string>();

  add(report: FlowReport): void {
    const start = windowStart(report.time);
    const { reporter, action } = report.key;
    const text = this.flowOf(report.key);
    const inWindow = this.observations.get(start) ?? new Map<string, Observation>();
    this.observations.set(start, inWindow);
    const seen: Observation = inWindow.get(text) ?? {
      key: report.key,
      verdicts: new Set(),
      sides: new Map(),
    };
    inWindow.set(text, seen);
    seen.verdicts.add(action);
    const side = seen.sides.get(reporter) ?? { connections: 0, forth: 0, back: 0 };
    seen.sides.set(reporter, side);
    side.connections += report.num_connections_started;
    // What leaves the source comes in at the destination.
    const [forth, back] =
      reporter === Reporter.src ? [report.bytes_out, report.bytes_in] : [report.bytes_in, report.bytes_out];
    side.forth += forth;
    side.back += back;
  }

  /** What both sides' records of one flow have in common. */
  private flowOf(key: FlowKey): string {
    let text = this.flows.get(key);
    if (text === undefined) {
      text = identityText({ ...key, reporter: 0, action: 0, policies: {} });
      this.flows.set(key, text);
    }
    return text;
  }

  /** Starts of the windows that hold anything, in order. */
  get windows(): number[] {
    return [...this.observations.keys()].sort((a, b) => a - b);
  }

  /** Edges of the windows that start in [from, to), sorted; Unix seconds. */
  edges(from = 0, to = Infinity): ExpectedEdge[] {
    const edges = new Map<string, ExpectedEdge>();
    for (const start of this.windows) {
      if (start < from || start >= to) continue;
      for (const { key, verdicts, sides } of this.observations.get(start)?.values() ?? []) {
        const { source_namespace: src, dest_namespace: dst } = key;
        if (src === dst || [src, dst].some((name) => name === '' || name === '-')) continue;
        const action = verdictNames.find(([wire]) => verdicts.has(wire))?.[1] ?? 'unspecified';
        const counted = sides.get(key.source_type === EndpointType.workload ? Reporter.src : Reporter.dst);
        const id = [src, dst, action].join(' ');
        const before = edges.get(id);
        edges.set(id, {
          src_ns: src,
          dst_ns: dst,
          action,
          first_seen: before?.first_seen ?? start,
          last_seen: start + WINDOW_SECONDS,
          flow_count: (before?.flow_count ?? 0) + 1,
          connections: (before?.connections ?? 0) + (counted?.connections ?? 0),
          bytes_out: (before?.bytes_out ?? 0) + (counted?.forth ?? 0),
          bytes_in: (before?.bytes_in ?? 0) + (counted?.back ?? 0),
        });
      }
    }
    return [...edges].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge);
  }
}
