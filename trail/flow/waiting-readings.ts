import type { Contribution } from './contribution';
import { joinContributions } from './join-contributions';
import { WINDOW_SECONDS } from './window';

/**
 * Readings of closed windows until their owner takes them. Bounded: beyond `maxBytes` the oldest windows are given
 * up, and it is known which. Times in Unix seconds.
 */
export class WaitingReadings {
  /** Start of the oldest window that was given up and not read again; 0 = none was. */
  droppedFrom = 0;
  /** End of the newest such window; 0 = none was. */
  droppedUntil = 0;

  #bytes = 0;
  readonly #windows = new Map<number, Contribution>();

  constructor(private readonly maxBytes: number) {}

  add(contribution: Contribution): void {
    const { windowStart } = contribution;
    const known = this.#windows.get(windowStart);
    const next = known === undefined ? contribution : joinContributions(known, contribution);
    this.#bytes += next.bytes.length - (known?.bytes.length ?? 0);
    this.#windows.set(windowStart, next);
    while (this.#bytes > this.maxBytes && this.#windows.size > 1) this.#dropOldest();
  }

  take(): Contribution[] {
    const taken = [...this.#windows.values()];
    this.#windows.clear();
    this.#bytes = 0;
    return taken;
  }

  /** All windows up to `until` were read again, those that were given up included. */
  readAgain(until: number): void {
    if (until >= this.droppedUntil) this.droppedFrom = this.droppedUntil = 0;
  }

  #dropOldest(): void {
    const oldest = Math.min(...this.#windows.keys());
    this.#bytes -= this.#windows.get(oldest)?.bytes.length ?? 0;
    this.#windows.delete(oldest);
    this.droppedFrom = this.droppedFrom === 0 ? oldest : Math.min(this.droppedFrom, oldest);
    this.droppedUntil = Math.max(this.droppedUntil, oldest + WINDOW_SECONDS);
  }
}
