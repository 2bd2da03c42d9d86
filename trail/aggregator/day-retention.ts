import type { Client } from 'pg';
import { pruneDays } from '../store/prune-days';
import type { Lease } from '../store/writer-lease';
import type { Metrics } from './metrics';

const EVERY_MS = 3_600_000;
/** Rows removed in one go: tens of milliseconds, so that fresh windows never wait. */
const BATCH_ROWS = 5_000;
const DAY_SECONDS = 86_400;

/** Removes old days of the daily roll-up, once an hour and a bounded number of rows at a time. */
export class DayRetention {
  /** When to look again, in milliseconds of the monotonic clock. */
  #next = 0;

  /** @param days UTC days kept before the current one; 0 = all */
  constructor(
    private readonly days: number,
    private readonly metrics: Metrics,
  ) {}

  /**
   * One step, if it is time for one. The clock is Goldmane's: the day of `settledUntil` (Unix seconds) is the
   * first that windows can still change, and days are counted back from there. Throws what pruneDays throws.
   */
  async step(client: Client, lease: Lease, settledUntil: number | undefined): Promise<void> {
    if (this.days === 0 || settledUntil === undefined || performance.now() < this.#next) return;
    const removed = await pruneDays(
      client,
      lease,
      Math.floor(settledUntil / DAY_SECONDS) - this.days,
      BATCH_ROWS,
    );
    this.metrics.daysRemoved.inc(removed);
    // There may be more: the next round goes on.
    if (removed < BATCH_ROWS) this.#next = performance.now() + EVERY_MS;
  }
}
