import { noTraffic, WINDOW_SECONDS, type FlowCounts, type FlowKey, type FlowReport } from './flow';
import type { Flow } from './messages';

interface WindowSums {
  counts: FlowCounts;
  sourceLabels: readonly string[];
  destLabels: readonly string[];
}

/** One key with its sums in every window that Goldmane remembers. */
export class StoredFlow {
  private readonly windows = new Map<number, WindowSums>();

  constructor(
    readonly id: number,
    readonly key: FlowKey,
  ) {}

  get empty(): boolean {
    return this.windows.size === 0;
  }

  /** Adds a report to the window that starts at `start`. Only labels that all its reports have are kept. */
  add(start: number, report: FlowReport): void {
    const known = this.windows.get(start);
    if (known === undefined) {
      this.windows.set(start, {
        counts: report,
        sourceLabels: [...report.source_labels].sort(),
        destLabels: [...report.dest_labels].sort(),
      });
      return;
    }
    known.counts = sum(known.counts, report);
    known.sourceLabels = common(known.sourceLabels, report.source_labels);
    known.destLabels = common(known.destLabels, report.dest_labels);
  }

  forgetBefore(oldest: number): void {
    for (const start of this.windows.keys()) if (start < oldest) this.windows.delete(start);
  }

  /** Whether any window starts in [gte, lt). */
  startsWithin(gte: number, lt: number): boolean {
    return [...this.windows.keys()].some((start) => start >= gte && start < lt);
  }

  /** Sums over the windows that lie wholly in [gte, lt); of none: all zero, the times too, as Goldmane answers. */
  aggregate(gte: number, lt: number): Flow {
    const chosen = this.wholeWindows(gte, lt);
    const starts = chosen.map(([start]) => start);
    return {
      Key: { ...this.key, policies: this.key.policies ?? {} },
      start_time: starts.length === 0 ? 0 : Math.min(...starts),
      end_time: starts.length === 0 ? 0 : Math.max(...starts) + WINDOW_SECONDS,
      source_labels: chosen.map(([, { sourceLabels }]) => sourceLabels).reduce(merge, []),
      dest_labels: chosen.map(([, { destLabels }]) => destLabels).reduce(merge, []),
      ...chosen.map(([, { counts }]) => counts).reduce(sum, noTraffic),
    };
  }

  private wholeWindows(gte: number, lt: number): [number, WindowSums][] {
    const only = lt - gte === WINDOW_SECONDS ? this.windows.get(gte) : undefined;
    if (only !== undefined) return [[gte, only]];
    return [...this.windows].filter(([start]) => start >= gte && start + WINDOW_SECONDS <= lt);
  }
}

const sum = (a: FlowCounts, b: FlowCounts): FlowCounts => ({
  packets_in: a.packets_in + b.packets_in,
  packets_out: a.packets_out + b.packets_out,
  bytes_in: a.bytes_in + b.bytes_in,
  bytes_out: a.bytes_out + b.bytes_out,
  num_connections_started: a.num_connections_started + b.num_connections_started,
  num_connections_completed: a.num_connections_completed + b.num_connections_completed,
  num_connections_live: a.num_connections_live + b.num_connections_live,
});

const common = (a: readonly string[], b: readonly string[]): string[] =>
  a.filter((label) => b.includes(label));

const merge = (a: readonly string[], b: readonly string[]): readonly string[] =>
  a.length === 0 ? b : common(a, b);
