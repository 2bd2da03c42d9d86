import type { Contribution } from '../flow/contribution';
import { windowStart } from '../flow/window';
import type { GoldmaneConnection } from '../goldmane/connection';
import type { FlowCounter } from './flow-counter';
import { STREAMED_AFTER_SECONDS } from './goldmane-clock';

/** A pause in the stream that means: the replay is over. Windows come in bursts, 15 s apart. */
const CAUGHT_UP_AFTER_MS = 1_000;
/** A stream that never pauses is taken as caught up after this. */
const CAUGHT_UP_AT_LAST_MS = 60_000;
/** A connection that lasted this long was a good one, whatever it brought. */
const GOOD_CONNECTION_MS = 30_000;

/** What one connection has replayed. */
export interface Replay {
  /** Counts connections: another number, another replay. */
  readonly connection: number;
  /** Start of the oldest window that it has shown, Unix seconds. */
  readonly oldestWindow: number;
}

/** Windows from the start of one to the end of another, Unix seconds. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** What the stream of one connection has brought, and how far that may be taken. */
export class StreamReading {
  /** Whether it is known which windows before the replay are lost. Until then its readings are held back. */
  accepted = false;
  /** Windows before the first replayed one are still being listed. */
  isListing = false;
  readonly #openedAt = performance.now();
  #hasCaughtUp = false;
  /** As far as they were told. */
  #observations = 0;

  /** @param number counts connections */
  constructor(
    readonly number: number,
    readonly connection: GoldmaneConnection,
    readonly counter: FlowCounter,
  ) {}

  get secondsOpen(): number {
    return (performance.now() - this.#openedAt) / 1000;
  }

  /** Not one that broke in its replay, whatever came of that: a server that always ends it there is no good. */
  get isGood(): boolean {
    return this.accepted || performance.now() - this.#openedAt > GOOD_CONNECTION_MS;
  }

  /** Start of the newest window that may be taken, Unix seconds; 0 = none. */
  get newestWindow(): number {
    return this.accepted ? this.counter.book.newestWindow : 0;
  }

  /** What it has shown by the time `clock`, Goldmane's; undefined until it has caught up with the present. */
  replay(clock: number | undefined): Replay | undefined {
    if (!this.#catchUp()) return undefined;
    const { oldestWindow } = this.counter.book;
    if (oldestWindow > 0) return { connection: this.number, oldestWindow };
    // Nobody talked: the first window that can still come is the first that is shown.
    return clock === undefined
      ? undefined
      : { connection: this.number, oldestWindow: windowStart(clock) - STREAMED_AFTER_SECONDS };
  }

  #catchUp(): boolean {
    if (this.#hasCaughtUp) return true;
    const now = performance.now();
    const isLate = now - this.#openedAt >= CAUGHT_UP_AT_LAST_MS;
    if (this.counter.book.newestWindow === 0) return isLate;
    if (this.isListing && !isLate) return false;
    this.#hasCaughtUp = isLate || now - this.connection.lastDataAt >= CAUGHT_UP_AFTER_MS;
    return this.#hasCaughtUp;
  }

  /** Readings that changed since the last call, as far as they may be taken. */
  take(): Contribution[] {
    return this.accepted ? this.counter.book.take() : [];
  }

  /** Windows that were given up since the last call, because nobody took them in time. */
  takeDropped(): Span | undefined {
    const { book } = this.counter;
    if (!this.accepted || book.droppedUntil === 0) return undefined;
    const dropped = { from: book.droppedFrom, until: book.droppedUntil };
    book.readAgain(dropped.until);
    return dropped;
  }

  /** Observations since the last call. */
  takeObservations(): number {
    const { observations } = this.counter.book;
    const news = observations - this.#observations;
    this.#observations = observations;
    return news;
  }
}
