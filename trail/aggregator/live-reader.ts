import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Contribution } from '../flow/contribution';
import { WINDOW_SECONDS, windowStart } from '../flow/window';
import type { KnownServices } from '../flow/key-space';
import { KeySpaces } from '../flow/key-spaces';
import { WindowBook } from '../flow/window-book';
import { GoldmaneConnection } from '../goldmane/connection';
import { FlowDecoder } from '../goldmane/flow-decoder';
import type { MessageSink } from '../goldmane/frame-reader';
import type { ReplayStart } from '../goldmane/requests';
import { TrailError } from '../errors';
import { Backoff } from './backoff';
import type { AggregatorConfig } from './config';
import { FlowCounter, type PlausibleTime } from './flow-counter';
import type { Metrics } from './metrics';
import { GoldmaneClock, STREAMED_AFTER_SECONDS } from './goldmane-clock';
import { isAborted, pause } from './pause';
import { recentWindow, watchStream } from './stream-watch';
import { TlsInUse } from './tls-in-use';
import { within } from './within';

/** Windows read again after a reconnect. Goldmane replays a whole hour for a start that is less than 30 s old. */
const RESUME_WINDOWS_BACK = 2;
/** A pause in the stream that means: the replay is over. Windows come in bursts, 15 s apart. */
const CAUGHT_UP_AFTER_MS = 1_000;
/** A stream that never pauses is taken as caught up after this. */
const CAUGHT_UP_AT_LAST_MS = 60_000;
/** A connection that lasted this long was a good one, whatever it brought. */
const GOOD_CONNECTION_MS = 30_000;
const LIST_TIMEOUT_MS = 20_000;
/**
 * Goldmane keeps 3,600 s before its current window, 15 s less in its first half minute, and a start beyond
 * that replays nothing, even if it was still there when the request came in: ask for less, in its own time. The
 * windows before that are then listed.
 */
const EVERYTHING: ReplayStart = { secondsAgo: 3_540 };
/** What a replay of everything leaves out. */
const WINDOWS_BEFORE_REPLAY = 4;
/** A window that was new this long ago is still in Goldmane's history, with room to spare. */
const HISTORY_SECONDS = 3_300;

/** Clocks of Goldmane and of the database differ by seconds, by minutes where neither is kept; a day is a fault. */
const MAX_CLOCK_AHEAD_SECONDS = 86_400;

/** What one connection has replayed. */
export interface Replay {
  /** Counts connections: another number, another replay. */
  readonly connection: number;
  /** Start of the oldest window that it has shown, Unix seconds. */
  readonly oldestWindow: number;
}

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
  #counter: FlowCounter;
  /** Of this connection, as far as metrics know them. */
  #observations = 0;
  #connections = 0;
  #connectedAt = 0;
  #readingOldest = false;
  #caughtUp = false;
  #accepted = false;
  /** Newest window of earlier connections, and when its stream last brought bytes. */
  #newestBefore = 0;
  #lastDataBefore = 0;
  readonly #clock = new GoldmaneClock();
  #taken: Contribution[] = [];
  #dropped: { readonly from: number; readonly until: number } | undefined;

  constructor(
    private readonly config: AggregatorConfig,
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {
    this.#spaces = new KeySpaces(config.multiServiceNamespaces, config);
    this.#tls = new TlsInUse(config.tls, log, metrics);
    this.#counter = this.newCounter();
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
    return Math.max(this.#newestBefore, this.#accepted ? this.#counter.book.newestWindow : 0);
  }

  /** What Goldmane's clock says at least, Unix seconds; undefined = not known yet. */
  get clock(): number | undefined {
    return this.#clock.now;
  }

  /** Age of the current connection. */
  get secondsConnected(): number {
    return this.#connection === undefined ? 0 : (performance.now() - this.#connectedAt) / 1000;
  }

  /** What the current connection has shown; undefined until it has caught up with the present. */
  get replay(): Replay | undefined {
    const { clock } = this;
    if (this.#connection === undefined || !this.#hasCaughtUp(this.#connection)) return undefined;
    const { oldestWindow } = this.#counter.book;
    if (oldestWindow > 0) return { connection: this.#connections, oldestWindow };
    // Nobody talked: the first window that can still come is the first that is shown.
    if (clock === undefined) return undefined;
    return {
      connection: this.#connections,
      oldestWindow: windowStart(clock) - STREAMED_AFTER_SECONDS,
    };
  }

  #hasCaughtUp(connection: GoldmaneConnection): boolean {
    if (this.#caughtUp) return true;
    const now = performance.now();
    const isLate = now - this.#connectedAt >= CAUGHT_UP_AT_LAST_MS;
    if (this.#counter.book.newestWindow === 0) return isLate;
    if (this.#readingOldest && !isLate) return false;
    this.#caughtUp = isLate || now - connection.lastDataAt >= CAUGHT_UP_AFTER_MS;
    return this.#caughtUp;
  }

  /**
   * Says that it is known which windows before this replay are lost, so that its readings may be taken. Until
   * then they are held back; a connection that breaks before is read again from its beginning.
   */
  accept(replay: Replay): void {
    if (replay.connection === this.#connections && this.#connection !== undefined) this.#accepted = true;
  }

  /** A replay that reaches back to what was read before lacks nothing, whether the database is there or not. */
  #acceptSeamless(): void {
    const { replay } = this;
    if (replay !== undefined && replay.oldestWindow <= this.#newestBefore + WINDOW_SECONDS)
      this.accept(replay);
  }

  get accepted(): boolean {
    return this.#accepted;
  }

  /** Accepted readings that changed since the last call. */
  take(): Contribution[] {
    if (this.replay !== undefined) this.#clock.read(this.#counter.book.newestWindow);
    this.#acceptSeamless();
    const taken = [...this.#taken, ...(this.#accepted ? this.#counter.book.take() : [])];
    this.#taken = [];
    this.#bound();
    this.#reportCounts();
    this.metrics.capped.inc(this.#spaces.takeCapped());
    this.metrics.newestWindow.set(this.newestWindow === 0 ? 0 : this.newestWindow + WINDOW_SECONDS);
    return taken;
  }

  /**
   * Windows of accepted readings that were given up since the last call, because nobody took them in time: their
   * start and their end, Unix seconds. Undefined = none were.
   */
  takeDropped(): { readonly from: number; readonly until: number } | undefined {
    if (this.#accepted) this.#noteDropped();
    const dropped = this.#dropped;
    this.#dropped = undefined;
    return dropped;
  }

  #noteDropped(): void {
    const { book } = this.#counter;
    if (book.droppedUntil === 0) return;
    this.#dropped = {
      from: Math.min(book.droppedFrom, this.#dropped?.from ?? Number.POSITIVE_INFINITY),
      until: Math.max(book.droppedUntil, this.#dropped?.until ?? 0),
    };
    book.readAgain(book.droppedUntil);
  }

  #reportCounts(): void {
    const { tooLate, book } = this.#counter;
    this.metrics.observations.inc(book.observations - this.#observations);
    this.#observations = book.observations;
    if (tooLate > 0) {
      this.log.error(
        { results: tooLate, databaseNow: Math.round(this.#plausible.until - MAX_CLOCK_AHEAD_SECONDS) },
        "flows from more than a day ahead of the database's clock are not counted; one of the two clocks is wrong",
      );
    }
    this.#counter.report(this.metrics);
  }

  /** Forgets readings that were not taken; for a process that lost the right to write. */
  discard(): void {
    this.#taken = [];
    this.#dropped = undefined;
    this.#newestBefore = 0;
    this.#clock.beginConnection();
    this.#caughtUp = this.#accepted = false;
    this.#informed = false;
    this.#observations = 0;
    this.#counter = this.newCounter();
  }

  /**
   * Reads until `signal` aborts. `knownUntil`: end of the last window that is in the database (Unix seconds);
   * undefined = none, read everything there is. Rejects with a TrailError when the very first connection fails for good.
   */
  async run(knownUntil: number | undefined, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    const connectionsBefore = this.#connections;
    while (!signal.aborted) {
      try {
        await this.#connectAndRead(knownUntil, backoff, signal);
        if (!isAborted(signal)) this.log.warn('goldmane ended the stream; reconnecting');
      } catch (error) {
        if (isAborted(signal)) return;
        if (this.#connections === connectionsBefore && error instanceof TrailError) throw error;
        this.log.warn({ problem: (error as Error).message }, 'flow stream lost; reconnecting');
      } finally {
        this.#connection?.close();
        this.#connection = undefined;
        this.metrics.connected.set(0);
      }
      await pause(backoff.next(), signal);
    }
  }

  async #connectAndRead(
    knownUntil: number | undefined,
    backoff: Backoff,
    signal: AbortSignal,
  ): Promise<void> {
    const connection = await GoldmaneConnection.open(this.config.goldmane, this.#tls.load(), signal);
    this.#connection = connection;
    if (this.#connections > 0) this.metrics.reconnects.inc();
    this.metrics.connected.set(1);
    this.#beginConnection();
    const start = await this.#resumeFrom(connection, knownUntil, signal);
    this.log.info({ goldmane: this.config.goldmane.address, ...start }, 'reading the flow stream');
    const call = new AbortController();
    const stop = AbortSignal.any([signal, call.signal]);
    const { book, sink } = this.#counter;
    const watch = this.#watch(connection, call, stop);
    const oldest = 'secondsAgo' in start ? this.#readOldest(connection, book, sink, stop) : undefined;
    try {
      await connection.stream(start, sink, stop);
    } finally {
      // Not for any flow that came: a server that always ends the call in its replay would be asked without a pause.
      if (this.#accepted || performance.now() - this.#connectedAt > GOOD_CONNECTION_MS) backoff.reset();
      if (this.#accepted) this.#lastDataBefore = connection.lastDataAt;
      call.abort();
      await watch;
      await oldest;
    }
  }

  #beginConnection(): void {
    if (this.#accepted) {
      this.#taken.push(...this.#counter.book.take());
      this.#noteDropped();
      this.#newestBefore = this.newestWindow;
    }
    this.#reportCounts();
    this.#observations = 0;
    this.#counter = this.newCounter();
    this.#caughtUp = this.#accepted = false;
    this.#clock.beginConnection();
    this.#connections++;
    this.#connectedAt = performance.now();
  }

  /** Lists the windows before the first one that was replayed, newest first: the end of Goldmane's history. */
  async #readOldest(
    connection: GoldmaneConnection,
    book: WindowBook,
    sink: MessageSink,
    stop: AbortSignal,
  ): Promise<void> {
    this.#readingOldest = true;
    try {
      while (book.oldestWindow === 0 && !stop.aborted) await pause(50, stop);
      for (let end = book.oldestWindow, left = WINDOWS_BEFORE_REPLAY; left > 0 && !stop.aborted; left--) {
        const start = end - WINDOW_SECONDS;
        const until = end;
        const isRead = await within(LIST_TIMEOUT_MS, stop, (limit) =>
          connection.list(start, until, sink, limit),
        );
        if (!isRead) break;
        end = start;
      }
    } catch (error) {
      this.log.debug({ problem: (error as Error).message }, 'the oldest windows could not be listed');
    } finally {
      this.#readingOldest = false;
    }
  }

  /** Ends the call when there is a reason to open another. */
  async #watch(connection: GoldmaneConnection, call: AbortController, stop: AbortSignal): Promise<void> {
    const { book } = this.#counter;
    const reason = await watchStream(
      {
        connection,
        decoder: this.decoder,
        newestWindow: () => Math.max(this.#newestBefore, book.newestWindow),
        certificatesChanged: () => this.#tls.changed,
      },
      stop,
    );
    if (reason === undefined) return;
    this.log.warn(`${reason}; reconnecting`);
    call.abort();
  }

  /** The first window to ask for: known to be old enough and still there, by Goldmane's own windows. */
  async #resumeFrom(
    connection: GoldmaneConnection,
    knownUntil: number | undefined,
    signal: AbortSignal,
  ): Promise<ReplayStart> {
    if (this.#newestBefore > 0) {
      const secondsAway = (performance.now() - this.#lastDataBefore) / 1000;
      if (secondsAway > HISTORY_SECONDS) return EVERYTHING;
      // After a long silence the newest window is no start any more; what came since is nothing.
      const stillThere = windowStart((this.clock ?? 0) - HISTORY_SECONDS);
      return { window: Math.max(this.#newestBefore - RESUME_WINDOWS_BACK * WINDOW_SECONDS, stillThere) };
    }
    if (knownUntil === undefined || knownUntil === 0) return EVERYTHING;
    const window = windowStart(knownUntil) - (RESUME_WINDOWS_BACK + 1) * WINDOW_SECONDS;
    // Without an answer the stream is opened all the same; whether the connection is dead shows there.
    const now = (await recentWindow(connection, this.decoder, signal)) ?? 0;
    return now > 0 && window <= now && now - window < HISTORY_SECONDS ? { window } : EVERYTHING;
  }
}
