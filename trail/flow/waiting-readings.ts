import type { Contribution } from './contribution';
import { joinContributions } from './join-contributions';
import { WINDOW_SECONDS } from './window';

/**
 * Readings that wait for somebody to take them. Bounded: beyond `maxBytes` the oldest windows are given up, and it is
 * known which. Times in Unix seconds.
 */
export class WaitingReadings {
  /** Start of the oldest window that was given up and not read again; 0 = none was. */
  droppedFrom = 0;
  /** End of the newest such window; 0 = none was. */
  droppedUntil = 0;
  /** Windows that were given up so far. */
  dropped = 0;

  #bytes = 0;
  readonly #windows = new Map<number, Contribution>();

  constructor(private readonly maxBytes: number) {}

  get size(): number {
    return this.#windows.size;
  }

  add(contribution: Contribution): void {
    const { windowStart } = contribution;
    const known = this.#windows.get(windowStart);
    const next = known === undefined ? contribution : joinContributions(known, contribution);
    this.#bytes += next.bytes.length - (known?.bytes.length ?? 0);
    this.#windows.set(windowStart, next);
    while (this.#bytes > this.maxBytes && this.#windows.size > 1) this.#dropOldest();
  }

  /** Hands out the oldest `most` windows, oldest first. @default all */
  take(most = Number.POSITIVE_INFINITY): Contribution[] {
    const oldestFirst = [...this.#windows.values()].sort((a, b) => a.windowStart - b.windowStart);
    const taken = oldestFirst.slice(0, most);
    for (const { windowStart, bytes } of taken) {
      this.#windows.delete(windowStart);
      this.#bytes -= bytes.length;
    }
    return taken;
  }

  /** Windows from `from` to `until` can't be had any more. */
  giveUp(from: number, until: number): void {
    this.droppedFrom = this.droppedFrom === 0 ? from : Math.min(this.droppedFrom, from);
    this.droppedUntil = Math.max(this.droppedUntil, until);
    this.dropped += (until - from) / WINDOW_SECONDS;
  }

  /** All windows up to `until` were read again, those that were given up included. */
  readAgain(until: number): void {
    if (until >= this.droppedUntil) this.droppedFrom = this.droppedUntil = 0;
  }

  clear(): void {
    this.#windows.clear();
    this.#bytes = this.droppedFrom = this.droppedUntil = 0;
  }

  #dropOldest(): void {
    const oldest = Math.min(...this.#windows.keys());
    this.#bytes -= this.#windows.get(oldest)?.bytes.length ?? 0;
    this.#windows.delete(oldest);
    this.giveUp(oldest, oldest + WINDOW_SECONDS);
  }
}
