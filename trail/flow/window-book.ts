import type { Contribution } from './contribution';
import type { FlowRecord } from './flow-record';
import type { KeySpaces } from './key-spaces';
import { WaitingReadings } from './waiting-readings';
import { WindowFold } from './window-fold';

/** Bounds on what counting keeps in memory. */
export interface CountingLimits {
  /** Flows told apart within one window; more are counted without their other side. @default 600,000 */
  readonly maxObservationsPerWindow?: number;
  /** Flows remembered over all windows that may still grow; those that nothing came for longest go first. @default 16,384 */
  readonly maxOpenObservations?: number;
  /** Bytes of readings of closed windows that nobody has taken; the oldest windows go first. @default 16 MiB */
  readonly maxWaitingBytes?: number;
}

/**
 * Windows that stay open whatever their size: the one that is arriving and the one before it. One more where windows
 * take turns, as those of a replay and of a List beside it do: parts of one window can't be put together exactly.
 */
const ALWAYS_OPEN = 2;
/** Closed windows whose memory the next ones take. */
const SPARE_FOLDS = 2;

/**
 * The windows of one connection, while they arrive. Records may come in any order; what has changed since
 * it was last taken is handed out as contributions, each the whole of its window so far.
 */
export class WindowBook {
  /** Start of the newest window seen, Unix seconds; 0 = none yet. */
  newestWindow = 0;
  /** Start of the oldest window seen, Unix seconds; 0 = none yet. */
  oldestWindow = 0;
  /** Observations so far, over all windows. */
  observations = 0;

  readonly #folds = new Map<number, WindowFold>();
  readonly #closed: WaitingReadings;
  readonly #spare: WindowFold[] = [];
  readonly #maxPerWindow: number;
  readonly #maxOpen: number;
  #open = 0;
  /** Counts changes of window; and when the last of them was one to a window that was open already. */
  #turn = 0;
  #returned = Number.NEGATIVE_INFINITY;
  #last: WindowFold | undefined;

  constructor(
    private readonly spaces: KeySpaces,
    limits: CountingLimits = {},
  ) {
    this.#maxPerWindow = limits.maxObservationsPerWindow ?? 600_000;
    this.#maxOpen = limits.maxOpenObservations ?? 16_384;
    this.#closed = new WaitingReadings(limits.maxWaitingBytes ?? 16 * 1024 * 1024);
  }

  /** Counts a record. Returns a Drop code (< 0) where the record is part of no edge, else 0. */
  add(record: FlowRecord): number {
    let fold = this.#last;
    if (fold?.windowStart !== record.windowStart) fold = this.#turnTo(record.windowStart);
    const before = fold.observations;
    const dropped = fold.add(record);
    const observed = fold.observations - before;
    this.#open += observed;
    this.observations += observed;
    return dropped;
  }

  /** Start of the oldest window that was given up because nobody took it, Unix seconds; 0 = none was. */
  get droppedFrom(): number {
    return this.#closed.droppedFrom;
  }

  /** End of the newest such window, Unix seconds; 0 = none was. */
  get droppedUntil(): number {
    return this.#closed.droppedUntil;
  }

  /** All windows up to `until` (Unix seconds) were read again, those that were given up included. */
  readAgain(until: number): void {
    this.#closed.readAgain(until);
  }

  /**
   * Contributions of all windows that changed since the last call; whole readings, never differences. A window
   * that was closed and came again appears twice.
   */
  take(): Contribution[] {
    const taken = this.#closed.take();
    for (const fold of this.#folds.values()) {
      if (!fold.changed) continue;
      fold.changed = false;
      taken.push(fold.contribution());
    }
    return taken;
  }

  #turnTo(windowStart: number): WindowFold {
    let fold = this.#folds.get(windowStart);
    if (fold === undefined) {
      if (windowStart > this.newestWindow) this.newestWindow = windowStart;
      if (this.oldestWindow === 0 || windowStart < this.oldestWindow) this.oldestWindow = windowStart;
      this.#makeRoom();
      const space = this.spaces.current();
      fold = this.#spare.pop();
      if (fold === undefined) fold = new WindowFold(windowStart, space, this.#maxPerWindow);
      else fold.reuse(windowStart, space);
      this.#folds.set(windowStart, fold);
    } else this.#returned = this.#turn + 1;
    fold.turn = ++this.#turn;
    this.#last = fold;
    return fold;
  }

  #makeRoom(): void {
    if (this.#open <= this.#maxOpen) return;
    const takingTurns = this.#turn - this.#returned < ALWAYS_OPEN;
    const staying = ALWAYS_OPEN - 1 + (takingTurns ? 1 : 0);
    const byTurn = [...this.#folds.values()].sort((a, b) => a.turn - b.turn);
    for (const fold of byTurn.slice(0, Math.max(0, byTurn.length - staying))) {
      if (this.#open <= this.#maxOpen) break;
      this.#close(fold);
    }
  }

  #close(fold: WindowFold): void {
    if (fold.changed) this.#closed.add(fold.contribution());
    this.#folds.delete(fold.windowStart);
    this.#open -= fold.observations;
    if (this.#last === fold) this.#last = undefined;
    if (this.#spare.length < SPARE_FOLDS) this.#spare.push(fold);
  }
}
