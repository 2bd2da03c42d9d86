import type { Client } from 'pg';
import type { Logger } from 'pino';
import type { Contribution } from '../flow/contribution';
import { WINDOW_SECONDS } from '../flow/window';
import { hangUp } from '../store/hang-up';
import { Ledger, type LedgerWrite } from '../store/ledger';
import { LeaseLostError, releaseLease, renewLease, type Lease } from '../store/writer-lease';
import type { Backlog } from './backlog';
import type { DayRetention } from './day-retention';
import type { LiveReader } from './live-reader';
import type { Metrics } from './metrics';
import { pause } from './pause';
import { SessionReport } from './session-report';
import { NOTHING_MISSED, type Missed, type SettledWindows, type Settler } from './settler';

/** How often readings are written. Freshness against cost: a window arrives every 15 s. */
export const FLUSH_EVERY_MS = 2_000;
/**
 * Readings in one write. Fewer would bound memory tighter, but each write touches nearly every edge of a busy
 * cluster: an hour in eight writes costs twice the CPU of an hour in one.
 */
const MAX_WINDOWS_PER_WRITE = 240;
const HEARTBEAT_EVERY_MS = 3_000;

/** What outlives a session. */
export interface SessionParts {
  readonly reader: LiveReader;
  readonly settler: Settler;
  readonly backlog: Backlog;
  readonly retention: DayRetention;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * One connection with the right to write, and all that is true only while it lasts: what the database holds,
 * what the settle pass has read for it. The next session asks the database and takes nothing over from here.
 */
export class Session {
  /** Windows that the settle pass has read, until they are committed. */
  #settled: SettledWindows | undefined;
  #settling = false;
  readonly #report: SessionReport;
  /** Ends the pause between two rounds. */
  #round = new AbortController();
  readonly #over = new AbortController();

  private constructor(
    private readonly client: Client,
    readonly lease: Lease,
    readonly ledger: Ledger,
    private readonly parts: SessionParts,
  ) {
    this.#report = new SessionReport(parts);
  }

  /** Reads what the last writer left. */
  static async open(client: Client, lease: Lease, parts: SessionParts): Promise<Session> {
    const { rows } = await client.query<{ now: number }>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 AS now',
    );
    if (rows[0] !== undefined) parts.reader.expectWindowsAround(rows[0].now);
    return new Session(client, lease, await Ledger.load(client, lease), parts);
  }

  /** Writes until `signal` aborts; `onHealthy` is called whenever the database has answered. Throws its errors. */
  async write(signal: AbortSignal, onHealthy: () => void): Promise<void> {
    const stop = (): void => {
      this.#stop();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#writeUntil(signal, onHealthy);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #writeUntil(signal: AbortSignal, onHealthy: () => void): Promise<void> {
    let lastWrite = 0;
    while (!signal.aborted) {
      const wrote = await this.#writeOnce(signal);
      if (wrote) lastWrite = performance.now();
      else if (performance.now() - lastWrite > HEARTBEAT_EVERY_MS) {
        await renewLease(this.client, this.lease);
        lastWrite = performance.now();
      }
      onHealthy();
      if (!wrote) await this.parts.retention.step(this.client, this.lease, this.ledger.settledUntil);
      // Whoever is catching up goes on at once.
      if (!wrote || (this.#settled === undefined && this.parts.backlog.size === 0)) await this.#nextRound();
    }
  }

  /** Writes what was read so far and gives the lease up. */
  async finish(): Promise<void> {
    const { backlog } = this.parts;
    backlog.fill();
    const live = backlog.drain(MAX_WINDOWS_PER_WRITE);
    // Without a beginning nothing has been written yet, and Goldmane still has it all.
    if (live.length > 0 && this.ledger.settledUntil !== undefined)
      await this.ledger.write({ live, liveUntil: this.#liveUntil(live) });
    await releaseLease(this.client, this.lease);
  }

  /** Ends the connection without waiting for a server that may be gone, and the settle pass with it. */
  async close(): Promise<void> {
    this.#stop();
    await drop(this.client);
  }

  async #writeOnce(signal: AbortSignal): Promise<boolean> {
    const { backlog, reader } = this.parts;
    backlog.fill();
    if (await this.#acceptReplay(signal)) return true;
    backlog.fill();
    const { ledger } = this;
    backlog.readAgain(ledger.settledUntil ?? 0);
    this.#report.lag(ledger);
    const forgottenUntil = this.#forgottenUntil();
    this.#startSettling();
    const live = backlog.drain(MAX_WINDOWS_PER_WRITE);
    const settle = this.#settled;
    const liveUntil = this.#liveUntil(live);
    const begin = ledger.settledUntil ?? firstWindow(live, reader);
    const isNews = live.length > 0 || settle !== undefined || forgottenUntil !== undefined;
    if (begin === undefined || (!isNews && liveUntil <= ledger.liveUntil)) {
      backlog.add(live);
      return false;
    }
    try {
      await this.#commit({
        live,
        liveUntil,
        begin,
        ...(settle === undefined ? {} : { settle }),
        ...(forgottenUntil === undefined ? {} : { forgottenUntil }),
      });
    } catch (error) {
      backlog.add(live);
      throw error;
    }
    // What the settle pass has read meanwhile stays.
    if (settle !== undefined) this.#settled = undefined;
    return true;
  }

  /**
   * Before the first readings of a connection are taken: have windows been missed that lie before them? What
   * Goldmane still lists of them and what is lost is committed first, so a replay that is accepted has nothing left
   * to tell, whatever happens to the database afterwards. Returns whether something was written.
   */
  async #acceptReplay(signal: AbortSignal): Promise<boolean> {
    const { reader, settler, backlog, log } = this.parts;
    const { replay } = reader;
    if (replay === undefined || reader.accepted) return false;
    let missed: Missed | undefined = NOTHING_MISSED;
    if (this.ledger.settledUntil !== undefined) {
      // The answer needs all that was known before, in the database.
      if (backlog.size > 0 || this.#settling || this.#settled !== undefined) return false;
      try {
        missed = await this.#whileListing(settler.missed(replay, this.ledger, signal));
      } catch (error) {
        if (error instanceof LeaseLostError) throw error;
        log.warn({ problem: (error as Error).message }, 'replay not checked; trying again');
        return false;
      }
      // Another connection may be to another Goldmane: of that one nothing is known yet.
      if (missed === undefined || reader.replay?.connection !== replay.connection) return false;
    }
    const { lostUntil, readings } = missed;
    const isNews = lostUntil !== undefined || readings.length > 0;
    if (isNews)
      await this.#commit({
        live: readings,
        ...(lostUntil === undefined ? {} : { forgottenUntil: lostUntil }),
      });
    reader.accept(replay);
    return isNews;
  }

  /** Goldmane may take longer than the lease lasts: it is renewed meanwhile. */
  async #whileListing<T>(listing: Promise<T>): Promise<T> {
    let failure: Error | undefined;
    const renew = async (): Promise<void> => {
      try {
        await renewLease(this.client, this.lease);
      } catch (error) {
        failure ??= error as Error;
      }
    };
    const beat = setInterval(() => void renew(), HEARTBEAT_EVERY_MS);
    try {
      const result = await listing;
      if (failure === undefined) return result;
    } finally {
      clearInterval(beat);
    }
    throw failure;
  }

  /** Up to where windows can't be read again, because Goldmane has forgotten them; undefined = it has them all. */
  #forgottenUntil(): number | undefined {
    const { reader, settler, backlog } = this.parts;
    const { settledUntil, liveUntil } = this.ledger;
    if (settledUntil === undefined || reader.replay === undefined || !reader.accepted) return undefined;
    // What still waits to be written is not lost, unless it was dropped meanwhile.
    const readUntil = Math.max(liveUntil, backlog.droppedUntil);
    const forgotten = Math.min(settler.oldestKept, readUntil);
    return forgotten > settledUntil ? forgotten : undefined;
  }

  /** The settle pass reads beside the writing, so that a slow List never holds up fresh windows. */
  #startSettling(): void {
    const from = this.ledger.settledUntil;
    if (this.#settling || this.#settled !== undefined || from === undefined) return;
    this.#settling = true;
    void this.parts.settler
      .next(from, this.#over.signal)
      .then((windows) => (this.#settled = windows))
      .catch((error: unknown) => {
        if (this.#over.signal.aborted) return;
        this.parts.log.warn({ problem: (error as Error).message }, 'settle pass interrupted; trying again');
      })
      .finally(() => {
        this.#settling = false;
        if (this.#settled !== undefined) this.#round.abort();
      });
  }

  async #nextRound(): Promise<void> {
    this.#round = new AbortController();
    if (this.#over.signal.aborted) return;
    await pause(FLUSH_EVERY_MS, this.#round.signal);
  }

  #stop(): void {
    this.#over.abort();
    this.#round.abort();
  }

  async #commit(write: LedgerWrite): Promise<void> {
    const { metrics, backlog } = this.parts;
    const timer = metrics.writeSeconds.startTimer();
    try {
      this.#report.written(await this.ledger.write(write), this.ledger);
    } finally {
      timer();
      metrics.backlogWindows.set(backlog.size);
    }
  }

  /**
   * Up to where every streamed window is in the database once `live` is: all that were read, or just these if more
   * wait; never beyond one that was given up before it could be written.
   */
  #liveUntil(live: readonly Contribution[]): number {
    const last = live.at(-1)?.windowStart ?? 0;
    const newest = this.parts.backlog.size === 0 ? Math.max(last, this.parts.reader.newestWindow) : last;
    const { droppedFrom } = this.parts.backlog;
    const until = newest === 0 ? 0 : newest + WINDOW_SECONDS;
    return droppedFrom === 0 ? until : Math.min(until, droppedFrom);
  }
}

/** Where counting begins: with the oldest window there is, which is known once the replay is over. */
function firstWindow(live: readonly Contribution[], reader: LiveReader): number | undefined {
  const replayed = reader.accepted ? reader.replay?.oldestWindow : undefined;
  const first = Math.min(live[0]?.windowStart ?? Infinity, replayed ?? Infinity);
  return Number.isFinite(first) ? first : undefined;
}

/** Ends a connection without waiting for a server that may be gone. */
export async function drop(client: Client): Promise<void> {
  const ended = client.end().catch(() => undefined);
  const timer = setTimeout(() => {
    hangUp(client);
  }, 1_000);
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_200).unref())]);
  clearTimeout(timer);
}
