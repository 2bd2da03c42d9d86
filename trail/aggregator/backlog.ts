import type { Contribution } from '../flow/contribution';
import { WaitingReadings } from '../flow/waiting-readings';
import type { LiveReader } from './live-reader';
import type { Metrics } from './metrics';

/** Bytes of readings kept while the database doesn't take them; about an hour of a busy cluster. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Readings on their way to the database. Bounded: beyond it the oldest windows are given up, which the
 * settle pass reads again.
 */
export class Backlog {
  readonly #waiting: WaitingReadings;
  #reported = 0;

  constructor(
    private readonly reader: LiveReader,
    private readonly metrics: Metrics,
    maxBytes = MAX_BYTES,
  ) {
    this.#waiting = new WaitingReadings(maxBytes);
  }

  /** Start of the oldest window that was given up and not read again, Unix seconds; 0 = none was. */
  get droppedFrom(): number {
    return this.#waiting.droppedFrom;
  }

  /** End of the newest such window, Unix seconds; 0 = none was. */
  get droppedUntil(): number {
    return this.#waiting.droppedUntil;
  }

  /** The settle pass has read all windows up to `until`, Unix seconds, those that were given up included. */
  readAgain(until: number): void {
    this.#waiting.readAgain(until);
  }

  /** Takes what the reader has. */
  fill(): void {
    this.add(this.reader.take());
    const dropped = this.reader.takeDropped();
    if (dropped !== undefined) this.#waiting.giveUp(dropped.from, dropped.until);
    this.metrics.backlogWindows.set(this.size);
    this.metrics.backlogDropped.inc(this.#waiting.dropped - this.#reported);
    this.#reported = this.#waiting.dropped;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(contributions: Iterable<Contribution>): void {
    for (const contribution of contributions) this.#waiting.add(contribution);
  }

  /** Hands out the oldest `most` windows; what could not be written is added again. */
  drain(most: number): Contribution[] {
    return this.#waiting.take(most);
  }

  clear(): void {
    this.#waiting.clear();
  }
}
