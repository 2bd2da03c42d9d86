import { hostname } from 'node:os';
import type { Client } from 'pg';
import type { Logger } from 'pino';
import { TrailError } from '../errors';
import { mostKnown } from '../flow/key-space';
import { databaseError, openDatabase } from '../store/database';
import { readKnownServices } from '../store/known-services';
import { LeaseWatch } from '../store/lease-watch';
import type { Progress } from '../store/ledger';
import { migrate } from '../store/migrate';
import { transaction } from '../store/transaction';
import { acquireLease, isFollowed, LeaseLostError, renewLease, type Lease } from '../store/writer-lease';
import { Backlog } from './backlog';
import { Backoff } from './backoff';
import type { AggregatorConfig } from './config';
import { DayRetention } from './day-retention';
import type { LiveReader } from './live-reader';
import type { Metrics } from './metrics';
import { pause } from './pause';
import { drop, FLUSH_EVERY_MS, Session } from './session';
import type { Settler } from './settler';

const STANDBY_POLL_MS = 1_500;

/**
 * The only part that writes. Holds the lease, takes readings from the live and the settle pass and commits
 * them; whatever goes wrong, readings stay in the backlog or are read again from Goldmane.
 */
export class Writer {
  readonly #backlog: Backlog;
  readonly #retention: DayRetention;
  readonly #holder = `${hostname()}/${process.pid}`;
  #state: WriterState = 'starting';
  #migrated = false;
  #hasBegun = false;
  #hasStoodBy = false;
  #client: Client | undefined;
  /** The last that this process took, whether or not it came to write with it. */
  #lease: Lease | undefined;

  constructor(
    private readonly config: AggregatorConfig,
    private readonly reader: LiveReader,
    private readonly settler: Settler,
    private readonly log: Logger,
    private readonly metrics: Metrics,
    maxBacklogBytes?: number,
  ) {
    this.#backlog = new Backlog(reader, metrics, maxBacklogBytes);
    this.#retention = new DayRetention(config.edgeDayRetentionDays, metrics);
  }

  get state(): WriterState {
    return this.#state;
  }

  /** The database has answered once: it is the right one. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get hasStoodBy(): boolean {
    return this.#hasStoodBy;
  }

  /**
   * Opens the database and becomes the writer, standing by as long as another one lives. Returns undefined
   * when `signal` aborts first. `isToGoOn`: it was the writer until the connection broke; throws a LeaseLostError
   * where another took over since.
   */
  async begin(signal: AbortSignal, isToGoOn = false): Promise<Session | undefined> {
    let client: Client | undefined;
    try {
      client = await openDatabase(this.config.database);
      this.#client = client;
      if (!this.#migrated) {
        const applied = await migrate(client, this.config.cluster);
        if (applied > 0) this.log.info({ migrations: applied }, 'schema brought up to date');
        this.#migrated = true;
      }
      const watch = new LeaseWatch();
      while (!signal.aborted) {
        const lease = await acquireLease(client, this.config.cluster, this.#holder, watch);
        this.#hasBegun = true;
        if (lease !== undefined) {
          this.#lease = lease;
          const session = await this.#openSession(client, lease);
          this.log.info({ cluster: lease.cluster, epoch: lease.epoch }, 'writing');
          this.#state = 'writing';
          this.metrics.leader.set(1);
          return session;
        }
        if (!isToGoOn || this.#lease === undefined) this.#standBy();
        else if (await isFollowed(client, this.#lease)) throw new LeaseLostError(this.#lease);
        // Otherwise it is this process's own last connection that the server still takes for alive.
        await pause(STANDBY_POLL_MS, signal);
      }
      await client.end();
      return undefined;
    } catch (error) {
      if (client !== undefined) await drop(client);
      if (error instanceof LeaseLostError) throw error;
      this.#state = 'disconnected';
      this.metrics.databaseErrors.inc();
      throw databaseError(error);
    }
  }

  /** Reads what the trail holds, in one transaction that keeps the lease: at many millions of rows it takes a while. */
  async #openSession(client: Client, lease: Lease): Promise<Session> {
    const [session, known] = await transaction(client, async () => {
      await renewLease(client, lease);
      const services = this.reader.informed
        ? undefined
        : await readKnownServices(client, lease.cluster, mostKnown(this.config));
      return [await Session.open(client, lease, this.#parts), services];
    });
    // Not before it is certain that this is the writer: what another one adds would be missing.
    if (known !== undefined) this.reader.inform(known);
    return session;
  }

  #standBy(): void {
    if (this.#state !== 'standby')
      this.log.info({ cluster: this.config.cluster }, 'another writer is at work; standing by');
    this.#state = 'standby';
    this.#hasStoodBy = true;
  }

  /**
   * Writes until `signal` aborts (then flushes once more and gives the lease up), another writer takes over or
   * the database has lost what was committed (then resolves too). Survives every other failure of the database.
   */
  async run(first: Session, signal: AbortSignal): Promise<void> {
    let session: Session | undefined = first;
    let { progress } = first.ledger;
    // Readings leave the reader also while there is nowhere to write them: the backlog has a bound.
    const draining = setInterval(() => {
      if (session !== undefined) return;
      this.#backlog.fill();
      this.metrics.settleLag.set(this.settler.lag(progress.settledUntil));
    }, FLUSH_EVERY_MS);
    const backoff = new Backoff();
    try {
      while (!signal.aborted) {
        try {
          session ??= await this.begin(signal, true);
          if (session === undefined) return;
          if (isBehind(session.ledger.progress, progress)) {
            this.log.error('the database has lost commits, as a failover can; reading again what it lacks');
            this.#backlog.clear();
            await session.close();
            return;
          }
          await session.write(signal, () => {
            backoff.reset();
          });
        } catch (error) {
          this.metrics.leader.set(0);
          if (session !== undefined) {
            ({ progress } = session.ledger);
            await session.close();
            session = undefined;
            this.#state = 'disconnected';
            if (!(error instanceof LeaseLostError)) this.metrics.databaseErrors.inc();
          }
          if (error instanceof LeaseLostError) {
            this.log.warn({ problem: error.message }, 'stopped writing');
            this.#backlog.clear();
            this.#state = 'standby';
            return;
          }
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

  /** Ends the connection under whatever still waits for it; what was not committed, the next start reads again. */
  async hangUp(): Promise<void> {
    if (this.#client !== undefined) await drop(this.#client);
  }

  get #parts() {
    const { reader, settler, log, metrics } = this;
    return { reader, settler, log, metrics, backlog: this.#backlog, retention: this.#retention };
  }

  async #finish(session: Session): Promise<void> {
    try {
      await session.finish();
    } catch (error) {
      this.log.warn({ problem: describe(error) }, 'last write failed; goldmane still has these windows');
    } finally {
      await session.close();
    }
  }
}

/** `disconnected` = writing, but the database is out of reach. */
export type WriterState = 'starting' | 'standby' | 'writing' | 'disconnected';

function isBehind(found: Progress, known: Progress): boolean {
  return (found.settledUntil ?? 0) < (known.settledUntil ?? 0) || found.liveUntil < known.liveUntil;
}

function describe(error: unknown): string {
  const known = databaseError(error);
  return known instanceof TrailError ? known.message : known instanceof Error ? known.message : String(known);
}
