import { DROP_REASONS } from '../flow/key-space';
import type { WindowBook } from '../flow/window-book';
import type { FlowDecoder } from '../goldmane/flow-decoder';
import type { MessageSink } from '../goldmane/frame-reader';
import { WireError } from '../goldmane/wire-error';
import type { Metrics } from './metrics';

/** Bound on windows, shared by all counters of a process. */
export interface PlausibleTime {
  /** Start of the latest window that is counted, Unix seconds. */
  until: number;
}

/**
 * The hot path: decodes each result and counts it in `book`. A result that can't be decoded is counted and
 * left out; the messages around it are intact. Counters of metrics are brought up to date by `report`, not
 * per result.
 */
export class FlowCounter {
  results = 0;
  malformed = 0;
  implausible = 0;
  /** Results of windows that are too far in the future. */
  tooLate = 0;
  readonly #dropped = new Float64Array(DROP_REASONS.length);

  constructor(
    private readonly decoder: FlowDecoder,
    readonly book: WindowBook,
    private readonly plausible: PlausibleTime = { until: Number.POSITIVE_INFINITY },
  ) {}

  readonly sink: MessageSink = (buffer, start, end) => {
    this.results++;
    try {
      this.decoder.decode(buffer, start, end);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.malformed++;
      return;
    }
    if (this.decoder.windowStart > this.plausible.until) {
      this.tooLate++;
      return;
    }
    if (this.decoder.implausible) this.implausible++;
    const dropped = this.book.add(this.decoder);
    if (dropped < 0) this.#dropped[-dropped - 1] = (this.#dropped[-dropped - 1] ?? 0) + 1;
  };

  /** Moves what was counted since the last call into the metrics. */
  report(metrics: Metrics): void {
    metrics.results.inc(this.results);
    metrics.dropped.inc({ reason: 'malformed' }, this.malformed);
    metrics.dropped.inc({ reason: 'implausible_number' }, this.implausible);
    metrics.dropped.inc({ reason: 'implausible_time' }, this.tooLate);
    for (const [index, reason] of DROP_REASONS.entries())
      metrics.dropped.inc({ reason }, this.#dropped[index]);
    this.results = this.malformed = this.implausible = this.tooLate = 0;
    this.#dropped.fill(0);
  }
}
