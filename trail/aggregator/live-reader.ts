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
import { readTlsFiles, type TlsMaterial } from '../goldmane/tls-files';
import { TrailError } from '../errors';
import { Backoff } from './backoff';
import type { AggregatorConfig } from './config';
import { FlowCounter } from './flow-counter';
import type { Metrics } from './metrics';
import { isAborted, pause } from './pause';

/** Windows read again after a reconnect. Goldmane replays a whole hour for a start that is less than 30 s old. */
const RESUME_WINDOWS_BACK = 2;
/** A pause in the stream that means: the replay is over. Windows come in bursts, 15 s apart. */
const CAUGHT_UP_AFTER_MS = 1_000;
/** A stream that never pauses is taken as caught up after this. */
const CAUGHT_UP_AT_LAST_MS = 60_000;
/** Without any flow for this long, ask whether Goldmane is still there. */
const SILENCE_MS = 60_000;
const PROBE_TIMEOUT_MS = 10_000;
const CHECK_EVERY_MS = 5_000;
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

/**
 * A window is streamed when the one after it closes, so Goldmane's clock is that far on at least. In the first
 * seconds of a Goldmane's life a window comes one window earlier; every age that is waited for is far longer.
 */
const STREAMED_AFTER_SECONDS = 2 * WINDOW_SECONDS;

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
  #informed = false;
  #connection: GoldmaneConnection | undefined;
  #tls: TlsMaterial | undefined;
  #counter: FlowCounter;
  #connections = 0;
  #connectedAt = 0;
  #readingOldest = false;
  #caughtUp = false;
  #accepted = false;
  /** Newest window of earlier connections, and when its stream last brought bytes. */
  #newestBefore = 0;
  #lastDataBefore = 0;
  /** The window that the clock was last read from, 0 = none of this connection; and what was read. */
  #clockWindow = 0;
  #secondsAhead: number | undefined;
  #taken: Contribution[] = [];

  constructor(
    private readonly config: AggregatorConfig,
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {
    this.#spaces = new KeySpaces(config.multiServiceNamespaces, config);
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

  /** A counter for windows of their own. */
  newCounter(): FlowCounter {
    return new FlowCounter(this.decoder, new WindowBook(this.#spaces));
  }

  /** The connection, for calls of the settle pass; undefined while there is none. */
  get connection(): GoldmaneConnection | undefined {
    return this.#connection;
  }

  /** Start of the newest window of all accepted readings, Unix seconds; 0 = none. */
  get newestWindow(): number {
    return Math.max(this.#newestBefore, this.#accepted ? this.#counter.book.newestWindow : 0);
  }

  /**
   * What Goldmane's clock says at least, Unix seconds; undefined = not known yet. Windows set it, and while nobody
   * talks it goes on with this machine's monotonic clock: it needs neither traffic nor the wall clock.
   */
  get clock(): number | undefined {
    return this.#secondsAhead === undefined ? undefined : this.#secondsAhead + performance.now() / 1000;
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
    if (this.#readingOldest) return false;
    this.#caughtUp = isLate || now - connection.lastDataAt >= CAUGHT_UP_AFTER_MS;
    return this.#caughtUp;
  }

  #readClock(): void {
    const { newestWindow } = this.#counter.book;
    if (newestWindow <= this.#clockWindow || this.replay === undefined) return;
    const secondsAhead = newestWindow + STREAMED_AFTER_SECONDS - performance.now() / 1000;
    // Windows that come late say less than the one before did; another connection begins afresh.
    this.#secondsAhead =
      this.#clockWindow === 0 ? secondsAhead : Math.max(secondsAhead, this.#secondsAhead ?? 0);
    this.#clockWindow = newestWindow;
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
    this.#readClock();
    this.#acceptSeamless();
    const taken = [...this.#taken, ...(this.#accepted ? this.#counter.book.take() : [])];
    this.#taken = [];
    this.#counter.report(this.metrics);
    this.metrics.capped.inc(this.#spaces.takeCapped());
    this.metrics.newestWindow.set(this.newestWindow === 0 ? 0 : this.newestWindow + WINDOW_SECONDS);
    return taken;
  }

  /** Forgets readings that were not taken; for a process that lost the right to write. */
  discard(): void {
    this.#taken = [];
    this.#newestBefore = this.#clockWindow = 0;
    this.#caughtUp = this.#accepted = false;
    this.#informed = false;
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
    this.#tls = this.#loadTls(this.#tls);
    const connection = await GoldmaneConnection.open(this.config.goldmane, this.#tls, signal);
    this.#connection = connection;
    if (this.#connections > 0) this.metrics.reconnects.inc();
    this.metrics.connected.set(1);
    this.#beginConnection();
    const start = await this.#resumeFrom(connection, knownUntil, signal);
    this.log.info({ goldmane: this.config.goldmane.address, ...start }, 'reading the flow stream');
    const call = new AbortController();
    const stop = AbortSignal.any([signal, call.signal]);
    const watch = this.#watch(connection, call, stop);
    const { book, sink } = this.#counter;
    const oldest = 'secondsAgo' in start ? this.#readOldest(connection, book, sink, stop) : undefined;
    try {
      await connection.stream(start, sink, stop);
    } finally {
      if (book.newestWindow > 0) backoff.reset();
      if (this.#accepted) this.#lastDataBefore = connection.lastDataAt;
      call.abort();
      await watch;
      await oldest;
    }
  }

  #beginConnection(): void {
    if (this.#accepted) {
      this.#taken.push(...this.#counter.book.take());
      this.#newestBefore = this.newestWindow;
    }
    this.#counter.report(this.metrics);
    this.#counter = this.newCounter();
    this.#caughtUp = this.#accepted = false;
    this.#clockWindow = 0;
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
        await connection.list(end - WINDOW_SECONDS, end, sink, stop);
        end -= WINDOW_SECONDS;
      }
    } catch (error) {
      this.log.debug({ problem: (error as Error).message }, 'the oldest windows could not be listed');
    } finally {
      this.#readingOldest = false;
    }
  }

  /** Ends the call when Goldmane is silent and doesn't answer, or when there are new certificates to use. */
  async #watch(connection: GoldmaneConnection, call: AbortController, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await pause(CHECK_EVERY_MS, stop);
      if (isAborted(stop)) return;
      if (this.#certificatesChanged()) {
        this.log.info('certificates changed; reconnecting with the new ones');
        call.abort();
        return;
      }
      if (performance.now() - connection.lastDataAt < SILENCE_MS) continue;
      const probe = AbortSignal.any([stop, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
      const alive = await connection
        .recentFlow(() => undefined, probe)
        .then(
          () => !probe.aborted,
          () => false,
        );
      if (isAborted(stop)) return;
      // An answer is data too: the next probe is due after another silence.
      if (alive) continue;
      this.log.warn('goldmane is silent and does not answer; reconnecting');
      call.abort();
    }
  }

  #certificatesChanged(): boolean {
    try {
      const found = readTlsFiles(this.config.tls);
      this.metrics.certificateExpiry.set(found.notAfter / 1000);
      return found.cert !== this.#tls?.cert || found.key !== this.#tls.key || found.ca !== this.#tls.ca;
    } catch {
      // Half written: the pair in use stays until the files agree again.
      return false;
    }
  }

  #loadTls(inUse: TlsMaterial | undefined): TlsMaterial {
    try {
      const tls = readTlsFiles(this.config.tls);
      this.metrics.certificateExpiry.set(tls.notAfter / 1000);
      return tls;
    } catch (error) {
      if (inUse === undefined) throw error;
      this.log.warn(
        { problem: (error as Error).message },
        'certificates are not usable; keeping the ones in use',
      );
      return inUse;
    }
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
    const now = await this.#serverWindow(connection, signal);
    return now !== undefined && window <= now && now - window < HISTORY_SECONDS ? { window } : EVERYTHING;
  }

  /** A window of the last minute by Goldmane's clock; undefined = nobody talked. */
  async #serverWindow(connection: GoldmaneConnection, signal: AbortSignal): Promise<number | undefined> {
    let window: number | undefined;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    await connection.recentFlow((buffer, start, end) => {
      this.decoder.decode(buffer, start, end);
      window = this.decoder.windowStart;
    }, deadline);
    return window;
  }
}
