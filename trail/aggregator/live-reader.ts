import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Contribution } from '../flow/contribution';
import { WINDOW_SECONDS } from '../flow/window';
import type { KnownServices } from '../flow/key-space';
import { KeySpaces } from '../flow/key-spaces';
import { WindowBook } from '../flow/window-book';
import { GoldmaneConnection } from '../goldmane/connection';
import { FlowDecoder } from '../goldmane/flow-decoder';
import { TrailError } from '../errors';
import { Backoff } from './backoff';
import type { AggregatorConfig } from './config';
import { FlowCounter, type PlausibleTime } from './flow-counter';
import type { Metrics } from './metrics';
import { GoldmaneClock } from './goldmane-clock';
import { isAborted, pause } from './pause';
import { listBeforeReplay, replayStart } from './replay-start';
import { StreamReading, type Replay, type Span } from './stream-reading';
import { watchStream } from './stream-watch';
import { TlsInUse } from './tls-in-use';

/** Clocks of Goldmane and of the database differ by seconds, by minutes where neither is kept; a day is a fault. */
const MAX_CLOCK_AHEAD_SECONDS = 86_400;

/**
 * The live pass: reads the flow stream at full speed into windows, for as long as the process lives. Nothing
 * here waits for the database. Reconnects with jittered backoff and takes up changed certificates.
 */
export class LiveReader {
  /** Counting seed of this process; readings of all passes share it. */
  readonly decoder = new FlowDecoder(randomBytes(4).readInt32LE());
  /** All passes number services alike, so that both count the same ones under `other`. */
  readonly #spaces: KeySpaces;
  readonly #plausible: PlausibleTime = { until: Number.POSITIVE_INFINITY };
  #databaseAhead = Number.POSITIVE_INFINITY;
  #informed = false;
  #connection: GoldmaneConnection | undefined;
  readonly #tls: TlsInUse;
  #connections = 0;
  /** Of the current connection, or of the last one until there is another. */
  #reading: StreamReading | undefined;
  /** Of earlier connections: the newest window, and when the last bytes came. */
  #newestBefore = 0;
  #lastDataBefore = 0;
  readonly #clock = new GoldmaneClock();
  /** What earlier connections have left: readings, and windows that were given up. */
  #left: Contribution[] = [];
  #dropped: Span | undefined;

  constructor(
    private readonly config: AggregatorConfig,
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {
    this.#spaces = new KeySpaces(config.multiServiceNamespaces, config);
    this.#tls = new TlsInUse(config.tls, log, metrics);
  }

  /** Whether it knows which services the trail tells apart; it doesn't while another process writes. */
  get informed(): boolean {
    return this.#informed;
  }

  inform(known: KnownServices): void {
    this.#spaces.reset(known);
    this.#informed = true;
  }

  /**
   * Windows that begin later than this can't be true and are not counted: a Goldmane whose node has a wrong clock
   * would otherwise settle everything up to then. `unixSeconds` by the database's clock.
   */
  expectWindowsAround(unixSeconds: number): void {
    this.#databaseAhead = unixSeconds - performance.now() / 1000;
    this.#bound();
  }

  #bound(): void {
    this.#plausible.until = this.#databaseAhead + performance.now() / 1000 + MAX_CLOCK_AHEAD_SECONDS;
  }

  /** A counter for windows of their own. */
  newCounter(): FlowCounter {
    return new FlowCounter(this.decoder, new WindowBook(this.#spaces), this.#plausible);
  }

  /** How far Goldmane's clock lies before `recordedUntil`, seconds: it was put back. */
  secondsBehind(recordedUntil: number): number {
    // After a silence a new connection shows old windows only: that says nothing.
    return this.#clock.isFresh ? Math.max(0, recordedUntil - (this.clock ?? 0)) : 0;
  }

  /** The connection, for calls of the settle pass; undefined while there is none. */
  get connection(): GoldmaneConnection | undefined {
    return this.#connection;
  }

  /** Start of the newest window of all accepted readings, Unix seconds; 0 = none. */
  get newestWindow(): number {
    return Math.max(this.#newestBefore, this.#reading?.newestWindow ?? 0);
  }

  /** What Goldmane's clock says at least, Unix seconds; undefined = not known yet. */
  get clock(): number | undefined {
    return this.#clock.now;
  }

  /** Age of the current connection. */
  get secondsConnected(): number {
    return this.#connection === undefined ? 0 : (this.#reading?.secondsOpen ?? 0);
  }

  /** What the current connection has shown; undefined until it has caught up with the present. */
  get replay(): Replay | undefined {
    return this.#connection === undefined ? undefined : this.#reading?.replay(this.clock);
  }

  /**
   * Says that it is known which windows before this replay are lost, so that its readings may be taken. Until
   * then they are held back; a connection that breaks before is read again from its beginning.
   */
  accept(replay: Replay): void {
    if (replay.connection === this.#reading?.number && this.#connection !== undefined)
      this.#reading.accepted = true;
  }

  /** A replay that reaches back to what was read before lacks nothing, whether the database is there or not. */
  #acceptSeamless(): void {
    const { replay } = this;
    if (replay !== undefined && replay.oldestWindow <= this.#newestBefore + WINDOW_SECONDS)
      this.accept(replay);
  }

  get accepted(): boolean {
    return this.#reading?.accepted ?? false;
  }

  /** Accepted readings that changed since the last call. */
  take(): Contribution[] {
    const reading = this.#reading;
    if (reading !== undefined && this.replay !== undefined)
      this.#clock.read(reading.counter.book.newestWindow);
    this.#acceptSeamless();
    const taken = [...this.#left, ...(reading?.take() ?? [])];
    this.#left = [];
    this.#bound();
    this.#reportCounts();
    this.metrics.capped.inc(this.#spaces.takeCapped());
    this.metrics.newestWindow.set(this.newestWindow === 0 ? 0 : this.newestWindow + WINDOW_SECONDS);
    return taken;
  }

  /** Windows of accepted readings that were given up since the last call; undefined = none were. */
  takeDropped(): Span | undefined {
    this.#noteDropped();
    const dropped = this.#dropped;
    this.#dropped = undefined;
    return dropped;
  }

  #noteDropped(): void {
    const dropped = this.#reading?.takeDropped();
    if (dropped === undefined) return;
    this.#dropped = {
      from: Math.min(dropped.from, this.#dropped?.from ?? Number.POSITIVE_INFINITY),
      until: Math.max(dropped.until, this.#dropped?.until ?? 0),
    };
  }

  #reportCounts(): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    const { tooLate } = reading.counter;
    if (tooLate > 0) {
      this.log.error(
        { results: tooLate, databaseNow: Math.round(this.#plausible.until - MAX_CLOCK_AHEAD_SECONDS) },
        "flows from more than a day ahead of the database's clock are not counted; one of the two clocks is wrong",
      );
    }
    this.metrics.observations.inc(reading.takeObservations());
    reading.counter.report(this.metrics);
  }

  /** Forgets readings that were not taken; for a process that lost the right to write. */
  discard(): void {
    this.#left = [];
    this.#dropped = undefined;
    this.#newestBefore = 0;
    this.#clock.beginConnection();
    this.#reading = undefined;
    this.#informed = false;
  }

  /**
   * Reads until `signal` aborts. `knownUntil`: end of the last window that is in the database (Unix seconds);
   * undefined = none, read everything there is. Rejects with a TrailError when the very first connection fails for good.
   */
  async run(knownUntil: number | undefined, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    const connectionsBefore = this.#connections;
    while (!signal.aborted) {
      let end: { readonly reason: string; readonly problem?: string };
      try {
        end = { reason: await this.#connectAndRead(knownUntil, backoff, signal) };
      } catch (error) {
        if (isAborted(signal)) return;
        if (this.#connections === connectionsBefore && error instanceof TrailError) throw error;
        end = { reason: 'flow stream lost', problem: (error as Error).message };
      } finally {
        this.#connection?.close();
        this.#connection = undefined;
        this.metrics.connected.set(0);
      }
      if (isAborted(signal)) return;
      const { reason, ...problem } = end;
      const wait = backoff.next();
      this.log.warn({ ...problem, waitMs: Math.round(wait) }, `${reason}; reconnecting`);
      await pause(wait, signal);
    }
  }

  /** Reads one connection's stream to its end; resolves to the reason for it. */
  async #connectAndRead(
    knownUntil: number | undefined,
    backoff: Backoff,
    signal: AbortSignal,
  ): Promise<string> {
    const connection = await GoldmaneConnection.open(this.config.goldmane, this.#tls.load(), signal);
    this.#connection = connection;
    if (this.#connections > 0) this.metrics.reconnects.inc();
    this.metrics.connected.set(1);
    const reading = this.#begin(connection);
    const before = {
      newestWindow: this.#newestBefore,
      lastDataAt: this.#lastDataBefore,
      clock: this.clock,
    };
    const start = await replayStart(before, knownUntil, connection, this.decoder, signal);
    this.log.info({ goldmane: this.config.goldmane.address, ...start }, 'reading the flow stream');
    const call = new AbortController();
    const stop = AbortSignal.any([signal, call.signal]);
    const watch = this.#watch(reading, call, stop);
    const listing = listBeforeReplay(start, reading, this.log, stop);
    try {
      await connection.stream(start, reading.counter.sink, stop);
      call.abort();
      return (await watch) ?? 'goldmane ended the stream';
    } finally {
      if (reading.isGood) backoff.reset();
      if (reading.accepted) this.#lastDataBefore = connection.lastDataAt;
      call.abort();
      await watch;
      await listing;
    }
  }

  /** Keeps what the last connection has brought, and begins anew. */
  #begin(connection: GoldmaneConnection): StreamReading {
    this.#newestBefore = this.newestWindow;
    this.#left.push(...(this.#reading?.take() ?? []));
    this.#noteDropped();
    this.#reportCounts();
    this.#clock.beginConnection();
    this.#reading = new StreamReading(++this.#connections, connection, this.newCounter());
    return this.#reading;
  }

  /** Ends the call when there is a reason to open another, and resolves to it. */
  async #watch(
    reading: StreamReading,
    call: AbortController,
    stop: AbortSignal,
  ): Promise<string | undefined> {
    const { book } = reading.counter;
    const reason = await watchStream(
      {
        connection: reading.connection,
        decoder: this.decoder,
        newestWindow: () => Math.max(this.#newestBefore, book.newestWindow),
        certificatesChanged: () => this.#tls.changed,
      },
      stop,
    );
    if (reason !== undefined) call.abort();
    return reason;
  }
}
