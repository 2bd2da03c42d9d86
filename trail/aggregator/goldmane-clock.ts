import { WINDOW_SECONDS } from '../flow/window';

/**
 * A window is streamed when the one after it closes, so Goldmane's clock is that far on at least. In the first
 * seconds of a Goldmane's life a window comes one window earlier; every age that is waited for is far longer.
 */
export const STREAMED_AFTER_SECONDS = 2 * WINDOW_SECONDS;

/**
 * What Goldmane's clock says at least. Windows set it, and while nobody talks it goes on with this machine's
 * monotonic clock: it needs neither traffic nor the wall clock.
 */
export class GoldmaneClock {
  /** Windows came after the first that it was read from on this connection: it is not a replay of old ones. */
  isFresh = false;
  /** The window that it was last read from, 0 = none of this connection; and what was read. */
  #window = 0;
  #secondsAhead: number | undefined;

  /** Unix seconds; undefined = not known yet. */
  get now(): number | undefined {
    return this.#secondsAhead === undefined ? undefined : this.#secondsAhead + performance.now() / 1000;
  }

  /** The newest window of a stream that has caught up with the present, Unix seconds. */
  read(newestWindow: number): void {
    if (newestWindow <= this.#window) return;
    const secondsAhead = newestWindow + STREAMED_AFTER_SECONDS - performance.now() / 1000;
    // Windows that come late say less than the one before did; another connection begins afresh.
    this.#secondsAhead = this.#window === 0 ? secondsAhead : Math.max(secondsAhead, this.#secondsAhead ?? 0);
    this.isFresh = this.#window > 0;
    this.#window = newestWindow;
  }

  /** The next window is another connection's, perhaps another Goldmane's. */
  beginConnection(): void {
    this.#window = 0;
    this.isFresh = false;
  }
}
