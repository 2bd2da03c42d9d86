import type { Contribution } from '../flow/contribution';
import { joinContributions } from '../flow/join-contributions';
import { WINDOW_SECONDS } from '../flow/window';
import type { LiveReader } from './live-reader';
import type { Metrics } from './metrics';

/** Bytes of readings kept while the database doesn't take them; about an hour of a busy cluster. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Readings on their way to the database. Bounded: beyond it the oldest windows are given up, which the
 * settle pass reads again.
 */
export class Backlog {
  #bytes = 0;
  #droppedFrom = 0;
  #droppedUntil = 0;
  readonly #windows = new Map<number, Contribution>();

  constructor(
    private readonly reader: LiveReader,
    private readonly metrics: Metrics,
    private readonly maxBytes = MAX_BYTES,
  ) {}

  /** Start of the oldest window that was given up and not read again, Unix seconds; 0 = none was. */
  get droppedFrom(): number {
    return this.#droppedFrom;
  }

  /** End of the newest such window, Unix seconds; 0 = none was. */
  get droppedUntil(): number {
    return this.#droppedUntil;
  }

  /** The settle pass has read all windows up to `until`, Unix seconds, those that were given up included. */
  readAgain(until: number): void {
    if (until >= this.#droppedUntil) this.#droppedFrom = this.#droppedUntil = 0;
  }

  /** Takes what the reader has. */
  fill(): void {
    this.add(this.reader.take());
    this.metrics.backlogWindows.set(this.size);
  }

  get size(): number {
    return this.#windows.size;
  }

  add(contributions: Iterable<Contribution>): void {
    for (const contribution of contributions) {
      const known = this.#windows.get(contribution.windowStart);
      const next = known === undefined ? contribution : joinContributions(known, contribution);
      this.#bytes += next.bytes.length - (known?.bytes.length ?? 0);
      this.#windows.set(contribution.windowStart, next);
    }
    while (this.#bytes > this.maxBytes && this.#windows.size > 1) this.#dropOldest();
  }

  /** Hands out the oldest `most` windows; what could not be written is added again. */
  drain(most: number): Contribution[] {
    const oldestFirst = [...this.#windows.values()].sort((a, b) => a.windowStart - b.windowStart);
    const drained = oldestFirst.slice(0, most);
    for (const { windowStart, bytes } of drained) {
      this.#windows.delete(windowStart);
      this.#bytes -= bytes.length;
    }
    return drained;
  }

  clear(): void {
    this.#windows.clear();
    this.#bytes = this.#droppedFrom = this.#droppedUntil = 0;
  }

  #dropOldest(): void {
    const oldest = Math.min(...this.#windows.keys());
    this.#bytes -= this.#windows.get(oldest)?.bytes.length ?? 0;
    this.#windows.delete(oldest);
    this.#droppedFrom = this.#droppedFrom === 0 ? oldest : Math.min(this.#droppedFrom, oldest);
    this.#droppedUntil = Math.max(this.#droppedUntil, oldest + WINDOW_SECONDS);
    this.metrics.backlogDropped.inc();
  }
}
