import type { MessageSink } from './frame-reader';

const NOTHING = new Uint8Array(0);

/** Steps over a message that is too large to be read, and hands on an empty one instead, so that it is counted. */
export class Skipper {
  /** Bytes that are still to come. */
  #left = 0;

  constructor(private readonly sink: MessageSink) {}

  get isActive(): boolean {
    return this.#left > 0;
  }

  /** A message of so many bytes begins at `at` of a chunk that ends at `end`; returns where it ends there. */
  begin(bytes: number, at: number, end: number): number {
    this.#left = bytes;
    return this.goOn(at, end);
  }

  /** Steps over what the chunk has of it from `at` on; returns where it ends there. */
  goOn(at: number, end: number): number {
    const skipped = Math.min(this.#left, end - at);
    this.#left -= skipped;
    if (this.#left === 0) this.sink(NOTHING, 0, 0);
    return at + skipped;
  }
}
