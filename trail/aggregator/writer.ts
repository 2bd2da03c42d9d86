import type { Client } from 'pg';
import type { Logger } from 'pino';
import { hostname } from 'node:os';
import { migrate } from '../store/migrate';
import { databaseError, openDatabase } from '../store/database';
import { Ledger, type LedgerResult } from '../store/ledger';
import type { Contribution } from '../flow/contribution';
import { WINDOW_SECONDS } from '../flow/window';
import { acquireLease, LeaseLostError, releaseLease, renewLease, type Lease } from '../store/writer-lease';
import { TrailError } from '../errors';
import { Backlog } from './backlog';
import { Backoff } from './backoff';
import type { AggregatorConfig } from './config';
import type { LiveReader } from './live-reader';
import type { Metrics } from './metrics';
import { pause } from './pause';
import type { SettledWindows, Settler } from './settler';

/** How often readings are written. Freshness against cost: a window arrives every 15 s. */
const FLUSH_EVERY_MS = 2_000;
/**
 * Readings in one write. Fewer would bound memory tighter, but each write touches nearly every edge of a busy
 * cluster: an hour in eight writes costs twice the CPU of an hour in one.
 */
const MAX_WINDOWS_PER_WRITE = 240;
const HEARTBEAT_EVERY_MS = 3_000;
const STANDBY_POLL_MS = 1_500;

/** SQLSTATEs of a server that can't be written to any more, such as a primary that became a standby. */
const READ_ONLY = '25006';

/**
 * The only part that writes. Holds the lease, takes readings from the live and the settle pass and commits
 * them; whatever goes wrong, readings stay in the backlog or are read again from Goldmane.
 */
export class Writer {
  readonly #backlog = new Backlog();
  readonly #holder = `${hostname()}/${process.pid}`;
  #state: WriterState = 'starting';
  /** Windows that the settle pass has read, until they are committed. */
  #settled: SettledWindows | undefined;
  #settling = false;
  #migrated = false;

  constructor(
    private readonly config: AggregatorConfig,
    private readonly reader: LiveReader,
    private readonly settler: Settler,
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  get state(): WriterState {
    return this.#state;
  }

  /**
   * Opens the database and becomes the writer, standing by as long as another one lives. Returns undefined
   * when `signal` aborts first.
   */
  async begin(signal: AbortSignal): Promise<Session | undefined> {
    const client = await openDatabase(this.config.database);
    try {
      if (!this.#migrated) {
        const applied = await migrate(client, this.config.cluster);
        if (applied > 0) this.log.info({ migrations: applied }, 'schema brought up to date');
        this.#migrated = true;
      }
      while (!signal.aborted) {
        const lease = await acquireLease(client, this.config.cluster, this.#holder);
        if (lease !== undefined) {
          this.log.info({ cluster: lease.cluster, epoch: lease.epoch }, 'writing');
          this.#state = 'writing';
          this.metrics.leader.set(1);
          return { client, lease, ledger: await Ledger.load(client, lease) };
        }
        if (this.#state !== 'standby')
          this.log.info({ cluster: this.config.cluster }, 'another writer is at work; standing by');
        this.#state = 'standby';
        await pause(STANDBY_POLL_MS, signal);
      }
      await client.end();
      return undefined;
    } catch (error) {
      await drop(client);
      throw databaseError(error);
    }
  }

  /**
   * Writes until `signal` aborts (then flushes once more and gives the lease up) or another writer takes
   * over (then resolves too). Survives every failure of the database in between.
   */
  async run(first: Session, signal: AbortSignal): Promise<void> {
    let session: Session | undefined = first;
    // Readings leave the reader also while there is nowhere to write them: the backlog has a bound.
    const draining = setInterval(() => {
      if (session === undefined) this.#drainReader();
    }, FLUSH_EVERY_MS);
    const backoff = new Backoff();
    try {
      while (!signal.aborted) {
        try {
          session ??= await this.begin(signal);
          if (session === undefined) return;
          await this.#writeUntil(session, backoff, signal);
        } catch (error) {
          if (session !== undefined) await drop(session.client);
          session = undefined;
          this.metrics.leader.set(0);
          if (error instanceof LeaseLostError) {
            this.log.warn({ problem: error.message }, 'stopped writing');
            this.#backlog.clear();
            this.#state = 'standby';
            return;
          }
          this.#state = 'disconnected';
          this.metrics.databaseErrors.inc();
          this.log.error(
            { problem: describe(error), backlogWindows: this.#backlog.size },
            'database not writable; trying again',
          );
          await pause(backoff.next(), signal);
        }
      }
    } finally {
      clearInterval(draining);
    }
    if (session !== undefined) await this.#finish(session);
  }

  async #writeUntil(session: Session, backoff: Backoff, signal: AbortSignal): Promise<void> {
    let lastWrite = 0;
    while (!signal.aborted) {
      const wrote = await this.#writeOnce(session, signal);
      if (wrote) lastWrite = performance.now();
      else if (performance.now() - lastWrite > HEARTBEAT_EVERY_MS) {
        await renewLease(session.client, session.lease);
        lastWrite = performance.now();
      }
      backoff.reset();
      // Whoever is catching up goes on at once.
      if (!wrote || (this.#settled === undefined && this.#backlog.size === 0)) await this.#nextRound(signal);
    }
  }

  async #writeOnce({ ledger }: Session, signal: AbortSignal): Promise<boolean> {
    const forgottenUntil = await this.#acceptReplay(ledger, signal);
    this.#startSettling(ledger, signal);
    this.#drainReader();
    const settle = this.#settled;
    // Counting begins with the oldest window there is, which is known once the replay is over.
    const begin =
      ledger.settledUntil ?? (this.reader.accepted ? this.reader.replay?.oldestWindow : undefined);
    if (begin === undefined) return false;
    const live = this.#backlog.drain(MAX_WINDOWS_PER_WRITE);
    if (live.length === 0 && settle === undefined && forgottenUntil === undefined) return false;
    const timer = this.metrics.writeSeconds.startTimer();
    try {
      const result = await ledger.write({
        live,
        liveUntil: this.#liveUntil(live),
        begin,
        ...(settle === undefined ? {} : { settle }),
        ...(forgottenUntil === undefined ? {} : { forgottenUntil }),
      });
      this.#report(ledger, result);
    } catch (error) {
      this.#backlog.add(live);
      throw error;
    } finally {
      timer();
      this.#settled = undefined;
      this.metrics.backlogWindows.set(this.#backlog.size);
    }
    return true;
  }

  #drainReader(): void {
    this.#backlog.add(this.reader.take());
    this.metrics.backlogDropped.inc(this.#backlog.dropped);
    this.#backlog.dropped = 0;
    this.metrics.backlogWindows.set(this.#backlog.size);
  }

  /** The settle pass reads beside the writing, so that a slow List never holds up fresh windows. */
  #startSettling(ledger: Ledger, signal: AbortSignal): void {
    const from = ledger.settledUntil;
    if (this.#settling || this.#settled !== undefined || from === undefined) return;
    this.#settling = true;
    void this.settler
      .next(from, signal)
      .then((windows) => (this.#settled = windows))
      .catch((error: unknown) => {
        this.log.warn({ problem: (error as Error).message }, 'settle pass interrupted; trying again');
      })
      .finally(() => {
        this.#settling = false;
        this.#wake();
      });
  }

  /**
   * Before the first readings of a connection are written: have windows been lost that lie before them? The
   * answer needs what was known before. Returns up to where, if so; a call that fails is made again.
   */
  async #acceptReplay(ledger: Ledger, signal: AbortSignal): Promise<number | undefined> {
    const { replay } = this.reader;
    const from = ledger.settledUntil;
    // A settle pass that is under way ends somewhere else than the check would begin.
    if (replay === undefined || this.#settling || this.#settled !== undefined) return undefined;
    try {
      const forgottenUntil =
        from === undefined
          ? undefined
          : await this.settler.forgottenUntil(
              replay,
              from,
              ledger.liveUntil,
              ledger.lastBusyWindow(),
              signal,
            );
      this.reader.accept(replay);
      return forgottenUntil;
    } catch (error) {
      this.log.warn({ problem: (error as Error).message }, 'replay not checked; trying again');
      return undefined;
    }
  }

  #wake: () => void = () => undefined;

  async #nextRound(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => {
      if (this.#settled !== undefined) woken.abort();
    };
    await pause(FLUSH_EVERY_MS, AbortSignal.any([signal, woken.signal]));
  }

  /** End of the last window that is in the database once `live` is: all that were read, or just these if more wait. */
  #liveUntil(live: readonly Contribution[]): number {
    const newest = this.#backlog.size === 0 ? this.reader.newestWindow : (live.at(-1)?.windowStart ?? 0);
    return newest === 0 ? 0 : newest + WINDOW_SECONDS;
  }

  #report(ledger: Ledger, result: LedgerResult): void {
    this.metrics.edgesWritten.inc(result.edges);
    this.metrics.windowsSettled.inc(result.settledSeconds / WINDOW_SECONDS);
    this.metrics.gapSeconds.inc(result.gapSeconds);
    this.metrics.writtenWindow.set(ledger.liveUntil);
    this.metrics.settledUntil.set(ledger.settledUntil ?? 0);
    this.metrics.ledgerRows.set(ledger.openWindows);
    if (result.gapSeconds > 0) {
      this.log.error(
        { until: ledger.settledUntil, seconds: result.gapSeconds },
        'gap: goldmane forgot these windows before they could be read',
      );
    }
    this.log.debug({ ...result, settledUntil: ledger.settledUntil }, 'written');
  }

  async #finish(session: Session): Promise<void> {
    try {
      this.#drainReader();
      const live = this.#backlog.drain(MAX_WINDOWS_PER_WRITE);
      // Without a beginning nothing has been written yet, and Goldmane still has it all.
      if (live.length > 0 && session.ledger.settledUntil !== undefined) {
        await session.ledger.write({ live, liveUntil: this.#liveUntil(live) });
      }
      await releaseLease(session.client, session.lease);
    } catch (error) {
      this.log.warn({ problem: describe(error) }, 'last write failed; goldmane still has these windows');
    } finally {
      await drop(session.client);
    }
  }
}

/** `disconnected` = writing, but the database is out of reach. */
export type WriterState = 'starting' | 'standby' | 'writing' | 'disconnected';

/** An open connection with the right to write on it. */
export interface Session {
  readonly client: Client;
  readonly lease: Lease;
  readonly ledger: Ledger;
}

function describe(error: unknown): string {
  if ((error as { code?: string }).code === READ_ONLY)
    return 'the server is read-only (25006), probably after a failover';
  const known = databaseError(error);
  return known instanceof TrailError ? known.message : known instanceof Error ? known.message : String(known);
}

/** Ends a connection without waiting for a server that may be gone. */
async function drop(client: Client): Promise<void> {
  const socket = (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream;
  const ended = client.end().catch(() => undefined);
  const timer = setTimeout(() => socket?.destroy(), 1_000);
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_200).unref())]);
  clearTimeout(timer);
}
