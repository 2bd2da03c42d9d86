import type { Logger } from 'pino';
import type { Contribution } from '../flow/contribution';
import { HISTORY_WINDOWS, WINDOW_SECONDS, windowStart } from '../flow/window';
import type { Ledger } from '../store/ledger';
import type { AggregatorConfig } from './config';
import type { LiveReader, Replay } from './live-reader';
import type { Metrics } from './metrics';
import { within } from './within';

/**
 * Windows read again in one go after a downtime. Each write touches nearly every edge of a busy cluster, so few
 * large ones cost less.
 */
const MAX_WINDOWS_PER_PASS = 60;
const LIST_TIMEOUT_MS = 60_000;
/** For one flow, while the writer waits: less than its lease lasts. */
const ASK_TIMEOUT_MS = 5_000;
/** Windows that were read again, ready to be settled. Times in Unix seconds. */
export interface SettledWindows {
  readonly until: number;
  readonly readings: readonly Contribution[];
}

/**
 * The settle pass: reads windows again once they are old enough for late reports to be in, oldest first and
 * without gaps, and finds out what Goldmane has forgotten. All times are Goldmane's, never this machine's.
 */
export class Settler {
  constructor(
    private readonly config: AggregatorConfig,
    private readonly reader: LiveReader,
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  /**
   * End of what was lost between what `ledger` knows and this replay; undefined = nothing was. Windows are lost
   * where Goldmane was restarted, or not read for an hour. If nobody has talked for that hour, a restart can't be
   * told from silence and is taken for it.
   */
  async lostUntil(replay: Replay, ledger: Ledger, signal: AbortSignal): Promise<number | undefined> {
    const knownUntil = Math.max(ledger.settledUntil ?? 0, ledger.liveUntil);
    if (replay.oldestWindow <= knownUntil) return undefined;
    const isLost =
      this.oldestKept > knownUntil || !(await this.#remembers(await ledger.lastBusyWindow(), signal));
    return isLost ? replay.oldestWindow : undefined;
  }

  /** Start of the oldest window that Goldmane can still list, Unix seconds. */
  get oldestKept(): number {
    return windowStart(this.reader.clock ?? 0) - HISTORY_WINDOWS * WINDOW_SECONDS;
  }

  /** Up to where windows are old enough to be settled, Unix seconds. */
  get dueUntil(): number {
    return windowStart((this.reader.clock ?? 0) - this.config.settleAgeSeconds);
  }

  /** Seconds of windows that are due and not settled. `settledUntil` undefined = nothing was ever counted. */
  lag(settledUntil: number | undefined): number {
    return settledUntil === undefined ? 0 : Math.max(0, this.dueUntil - settledUntil);
  }

  /** Reads the next windows that are due; undefined = none are. */
  async next(settledUntil: number, signal: AbortSignal): Promise<SettledWindows | undefined> {
    const { connection, replay } = this.reader;
    if (connection === undefined || replay === undefined || !this.reader.accepted) return undefined;
    // Forgotten windows are listed too, as if nobody had talked.
    if (settledUntil < this.oldestKept) return undefined;
    const until = Math.min(this.dueUntil, settledUntil + MAX_WINDOWS_PER_PASS * WINDOW_SECONDS);
    if (until <= settledUntil) return undefined;
    const counter = this.reader.newCounter();
    const readings: Contribution[] = [];
    let readUntil = settledUntil;
    try {
      for (; readUntil < until; readUntil += WINDOW_SECONDS) {
        const start = readUntil;
        const isRead = await within(LIST_TIMEOUT_MS, signal, (stop) =>
          connection.list(start, start + WINDOW_SECONDS, counter.sink, stop),
        );
        if (!isRead) throw new Error('goldmane did not list a window in time');
        readings.push(...counter.book.take());
      }
    } catch (error) {
      // What was read before it stays good.
      if (signal.aborted || readUntil === settledUntil) throw error;
      this.log.warn(
        { window: readUntil, problem: (error as Error).message },
        'window not listed; trying again',
      );
    }
    counter.report(this.metrics);
    return {
      until: readUntil,
      readings: readings.filter(({ windowStart }) => windowStart >= settledUntil && windowStart < readUntil),
    };
  }

  /** Whether Goldmane still has the flows of a window that had some: it does unless it was restarted. */
  async #remembers(busyWindow: number | undefined, signal: AbortSignal): Promise<boolean> {
    const connection = this.reader.connection;
    if (busyWindow === undefined || busyWindow < this.oldestKept || connection === undefined) return true;
    let flows = 0;
    const answered = await within(ASK_TIMEOUT_MS, signal, (stop) =>
      connection.firstFlow(busyWindow, busyWindow + WINDOW_SECONDS, () => flows++, stop),
    );
    if (!answered) throw new Error('goldmane did not list a window in time');
    return flows > 0;
  }
}
