import { identityText, WINDOW_SECONDS, windowStart, type FlowReport } from './flow';
import type { FlowResult } from './messages';
import { StoredFlow } from './stored-flow';

/** An hour of past windows, the current one, and one in the future for nodes whose clock is ahead. */
const WINDOWS = 242;

/**
 * Goldmane's memory: windows of 15 s in a ring, written from the facts that a real one showed. The windows,
 * by start: `head` is in the future, `head - 1` is being filled, `head - 2` closed last and is streamed when
 * the next one closes, everything older can be replayed.
 */
export class FlowRing {
  /** Start of the newest window. */
  #head: number;
  #nextRollover: number;
  #nextId = 1;
  readonly #flows = new Map<string, StoredFlow>();
  readonly #windows = new Map<number, Set<StoredFlow>>();

  /**
   * @param now Unix seconds
   * @param options.justStarted as a real one is in its first 30 s: one window ahead of where it should be. It
   *   streams its first window at once when that closes, then waits two windows for the next rollover.
   */
  constructor(now: number, { justStarted = false } = {}) {
    this.#nextRollover = windowStart(now) + WINDOW_SECONDS;
    this.#head = this.#nextRollover + (justStarted ? WINDOW_SECONDS : 0);
  }

  /** Start of the oldest window that is remembered. */
  get oldest(): number {
    return this.#head - (WINDOWS - 1) * WINDOW_SECONDS;
  }

  /** When `rollOver` is due, Unix seconds. */
  get nextRollover(): number {
    return this.#nextRollover;
  }

  /** All flows that are remembered. */
  get flows(): Iterable<StoredFlow> {
    return this.#flows.values();
  }

  /** Sorts a report into its window; false when the ring holds no window for it. */
  add(report: FlowReport): boolean {
    const start = windowStart(report.time);
    if (!this.#holds(start)) return false;
    const identity = identityText(report.key);
    let flow = this.#flows.get(identity);
    if (flow === undefined) {
      flow = new StoredFlow(this.#nextId++, report.key);
      this.#flows.set(identity, flow);
    }
    flow.add(start, report);
    const members = this.#windows.get(start) ?? new Set();
    this.#windows.set(start, members.add(flow));
    return true;
  }

  /** Moves on by one window; returns what is streamed now: the window that closed 15 s before. */
  rollOver(): FlowResult[] {
    const streamed = this.window(this.#head - 2 * WINDOW_SECONDS);
    this.#head += WINDOW_SECONDS;
    this.#nextRollover = this.#head;
    for (const [start, members] of this.#windows) {
      if (start >= this.oldest) continue;
      this.#windows.delete(start);
      for (const flow of members) flow.forgetBefore(this.oldest);
    }
    for (const [identity, flow] of this.#flows) if (flow.empty) this.#flows.delete(identity);
    return streamed;
  }

  /**
   * What a stream that asks for `start` (Unix seconds, not 0) is sent at once, window by window. As 3.30.7 does
   * it; 3.32.1 leaves out the current and the future window when it goes all the way round.
   */
  replay(start: number): FlowResult[] {
    const first = windowStart(start);
    const streamedNext = this.#head - 2 * WINDOW_SECONDS;
    // A real Goldmane fails to find the window, logs that, and goes on without a replay.
    if (!this.#holds(first)) return [];
    const starts: number[] = [];
    // It walks round its ring until it meets the window to be streamed next: from the current or the future
    // window on, that is all the way round.
    for (let at = first; at !== streamedNext; at = at === this.#head ? this.oldest : at + WINDOW_SECONDS) {
      starts.push(at);
    }
    return starts.flatMap((at) => this.window(at));
  }

  /** Everything in the window that starts at `start`. */
  window(start: number): FlowResult[] {
    return [...(this.#windows.get(start) ?? [])].map((flow) => ({
      id: flow.id,
      flow: flow.aggregate(start, start + WINDOW_SECONDS),
    }));
  }

  #holds(start: number): boolean {
    return start >= this.oldest && start <= this.#head;
  }
}
