import { ExponentialBackoff, type IBackoff } from 'cockatiel';

/** Waits between attempts: jittered and doubling from a quarter of a second to 15 s. */
export class Backoff {
  #next: IBackoff<unknown> = start();

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const { duration } = this.#next;
    this.#next = this.#next.next(undefined);
    return duration;
  }

  /** An attempt went well: the next failure starts over. */
  reset(): void {
    this.#next = start();
  }
}

function start(): IBackoff<unknown> {
  return new ExponentialBackoff({ initialDelay: 250, maxDelay: 15_000 }).next();
}
