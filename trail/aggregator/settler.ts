import type { Logger } from 'pino';
import type { Contribution } from '../flow/contribution';
import { HISTORY_WINDOWS, WINDOW_SECONDS, windowStart } from '../flow/window';
import type { GoldmaneConnection } from '../goldmane/connection';
import type { MessageSink } from '../goldmane/frame-reader';
import type { Ledger } from '../store/ledger';
import type { AggregatorConfig } from './config';
import { STREAMED_AFTER_SECONDS } from './goldmane-clock';
import type { LiveReader } from './live-reader';
import type { Metrics } from './metrics';
import type { Replay } from './stream-reading';
import { within } from './within';

/**
 * Windows read again in one go after a downtime. Each write touches nearly every edge of a busy cluster, so few
 * large ones cost less.
 */
const MAX_WINDOWS_PER_PASS = 60;
const LIST_TIMEOUT_MS = 60_000;
/** Of a window that may be lost; what can't be listed by then is. */
const LIST_ATTEMPTS = 3;
/**
 * Nodes come back to a restarted Goldmane up to 144 s late, the longest wait of grpc-go, and then send what they kept:
 * five minutes of what they had sent before, and up to 5,000 reports that came since. None of it is streamed any more.
 * Source: goldmane/pkg/client in Calico 3.30 to 3.32; seen against 3.30.7.
 */
const NODES_BACK_AFTER_SECONDS = 150;
/** Windows that were read again, ready to be settled. Times in Unix seconds. */
export interface SettledWindows {
  readonly until: number;
  readonly readings: readonly Contribution[];
}

/** What became of the windows between what was known and a replay. */
export interface Missed {
  /** Up to where they can't be read any more, Unix seconds; undefined = none is lost. */
  readonly lostUntil: number | undefined;
  /** What Goldmane lists of them though it doesn't stream it, oldest first. */
  readonly readings: readonly Contribution[];
}

export const NOTHING_MISSED: Missed = { lostUntil: undefined, readings: [] };

/** What is known so far of the windows that a restart of Goldmane may have cost. Times in Unix seconds. */
interface Restart {
  /** Of the replay that it was noticed by. */
  readonly connection: number;
  /** Next window to list. */
  next: number;
  /** End of the last window that was found empty. */
  lostUntil: number;
  /** Times that the next window could not be listed. */
  failures: number;
  readonly readings: Contribution[];
}

/**
 * The settle pass: reads windows again once they are old enough for late reports to be in, oldest first and
 * without gaps, and finds out what Goldmane has forgotten. All times are Goldmane's, never this machine's.
 */
export class Settler {
  #restart: Restart | undefined;

  constructor(
    private readonly config: AggregatorConfig,
    private readonly reader: LiveReader,
    private readonly log: Logger,
    private readonly metrics: Metrics,
    private readonly nodesBackAfterSeconds = NODES_BACK_AFTER_SECONDS,
  ) {}

  /**
   * What was missed between what `ledger` knows and this replay; undefined = it is too early to say. Windows are lost
   * where Goldmane was restarted, or not read for an hour, and it can't list them either. Of a restarted one an empty
   * window is lost too: nodes may have had no room for it. If nobody has talked for an hour, a restart can't be told
   * from silence and is taken for it. What Goldmane has kept, but not shown, is left to the settle pass.
   */
  async missed(replay: Replay, ledger: Ledger, signal: AbortSignal): Promise<Missed | undefined> {
    const knownUntil = Math.max(ledger.settledUntil ?? 0, ledger.liveUntil);
    if (replay.oldestWindow <= knownUntil) return NOTHING_MISSED;
    const { connection } = this.reader;
    if (connection === undefined) return undefined;
    if (this.#restart?.connection !== replay.connection) this.#restart = undefined;
    if (this.#restart === undefined) {
      const isLost =
        this.oldestKept > knownUntil ||
        !(await this.#remembers(connection, await ledger.lastBusyWindow(), signal));
      if (!isLost) return NOTHING_MISSED;
      const from = Math.max(windowStart(knownUntil), this.oldestKept);
      this.#restart = {
        connection: replay.connection,
        next: from,
        lostUntil: from,
        failures: 0,
        readings: [],
      };
      if (!this.#nodesAreBack(replay))
        this.log.info(
          { seconds: this.nodesBackAfterSeconds },
          'goldmane has lost its memory; giving its nodes time to send again',
        );
    }
    const restart = this.#restart;
    if (!this.#nodesAreBack(replay)) return undefined;
    for (; restart.next < replay.oldestWindow; restart.next += WINDOW_SECONDS) {
      const found = await this.#listLost(connection, restart, signal);
      if (found.length === 0) restart.lostUntil = restart.next + WINDOW_SECONDS;
      restart.readings.push(...found);
    }
    this.#restart = undefined;
    const { lostUntil, readings } = restart;
    return { lostUntil: lostUntil > knownUntil ? lostUntil : undefined, readings };
  }

  /** The next window; nothing where it can't be listed, time after time. */
  async #listLost(
    connection: GoldmaneConnection,
    restart: Restart,
    signal: AbortSignal,
  ): Promise<Contribution[]> {
    const counter = this.reader.newCounter();
    try {
      await list(connection, restart.next, counter.sink, signal);
    } catch (error) {
      if (++restart.failures < LIST_ATTEMPTS || signal.aborted) throw error;
      this.log.error({ window: restart.next, problem: (error as Error).message }, 'window given up');
      return [];
    } finally {
      counter.report(this.metrics);
    }
    restart.failures = 0;
    return counter.book.take();
  }

  #nodesAreBack(replay: Replay): boolean {
    const shown = (this.reader.clock ?? 0) - replay.oldestWindow - STREAMED_AFTER_SECONDS;
    return Math.max(shown, this.reader.secondsConnected) >= this.nodesBackAfterSeconds;
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
        await list(connection, readUntil, counter.sink, signal);
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
  async #remembers(
    connection: GoldmaneConnection,
    busyWindow: number | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (busyWindow === undefined || busyWindow < this.oldestKept) return true;
    let flows = 0;
    await inTime(signal, (stop) =>
      connection.firstFlow(busyWindow, busyWindow + WINDOW_SECONDS, () => flows++, stop),
    );
    return flows > 0;
  }
}

/** Reads all flows of one window. */
function list(
  connection: GoldmaneConnection,
  window: number,
  sink: MessageSink,
  signal: AbortSignal,
): Promise<void> {
  return inTime(signal, (stop) => connection.list(window, window + WINDOW_SECONDS, sink, stop));
}

/** Throws where Goldmane takes too long, or `signal` aborts. */
async function inTime(signal: AbortSignal, ask: (stop: AbortSignal) => Promise<void>): Promise<void> {
  if (!(await within(LIST_TIMEOUT_MS, signal, ask)))
    throw new Error('goldmane did not list a window in time');
}
