import { Skipper } from './skipper';
import { WireError } from './wire-error';

/** Takes one message: the bytes of `buffer` from `start` to `end` (exclusive), valid during the call only. */
export type MessageSink = (buffer: Uint8Array, start: number, end: number) => void;

/** Largest flow that is read, in bytes; one with hundreds of policies stays below 1 MiB. Larger ones are stepped over. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** A length beyond this is no length: the bytes are not what they are taken for. */
export const MAX_PLAUSIBLE_BYTES = 64 * 1024 * 1024;

const HEADER_BYTES = 5;

/**
 * Splits the body of a gRPC response into its messages (1 byte compressed flag, 4 bytes big-endian length,
 * message), whatever the chunks it arrives in. Messages that lie within one chunk are handed on in place; one that
 * is too large is handed on as an empty one, so that it is counted, and the next replay can get past it. Throws a
 * WireError on a compressed message and on an impossible length; the connection is then of no more use.
 */
export class FrameReader {
  #carry = new Uint8Array(4096);
  #carried = 0;
  readonly #skipper: Skipper;

  constructor(private readonly sink: MessageSink) {
    this.#skipper = new Skipper(sink);
  }

  /** True between messages: an end of the body here cuts nothing off. */
  get idle(): boolean {
    return this.#carried === 0 && !this.#skipper.isActive;
  }

  push(chunk: Uint8Array): void {
    const end = chunk.length;
    let at = this.#skipper.isActive ? this.#skipper.goOn(0, end) : 0;
    if (this.#carried > 0) at = this.#finishCarried(chunk);
    while (end - at >= HEADER_BYTES) {
      const length = this.#messageLength(chunk, at);
      const messageEnd = at + HEADER_BYTES + length;
      if (length > MAX_MESSAGE_BYTES) {
        at = this.#skipper.begin(length, at + HEADER_BYTES, end);
        continue;
      }
      if (messageEnd > end) break;
      this.sink(chunk, at + HEADER_BYTES, messageEnd);
      at = messageEnd;
    }
    if (at < end) this.#keep(chunk, at, end);
  }

  /** Completes the message that earlier chunks began; returns how much of `chunk` that took. */
  #finishCarried(chunk: Uint8Array): number {
    let at = 0;
    if (this.#carried < HEADER_BYTES) {
      at = Math.min(HEADER_BYTES - this.#carried, chunk.length);
      this.#keep(chunk, 0, at);
      if (this.#carried < HEADER_BYTES) return at;
    }
    const length = this.#messageLength(this.#carry, 0);
    if (length > MAX_MESSAGE_BYTES) {
      // Seen as soon as the header is whole, so nothing of the message has been kept.
      this.#carried = 0;
      return this.#skipper.begin(length, at, chunk.length);
    }
    const total = HEADER_BYTES + length;
    const taken = Math.min(total - this.#carried, chunk.length - at);
    this.#keep(chunk, at, at + taken);
    if (this.#carried === total) {
      this.#carried = 0;
      this.sink(this.#carry, HEADER_BYTES, total);
    }
    return at + taken;
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    const needed = this.#carried + end - start;
    if (needed > this.#carry.length) {
      const grown = new Uint8Array(Math.max(needed, this.#carry.length * 2));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(chunk.subarray(start, end), this.#carried);
    this.#carried = needed;
  }

  #messageLength(buffer: Uint8Array, at: number): number {
    const flag = buffer[at] ?? 0;
    if (flag !== 0) {
      throw new WireError('compressed-message', `compressed flag ${flag}, but no compression was offered`);
    }
    const length =
      (buffer[at + 1] ?? 0) * 0x1000000 +
      (((buffer[at + 2] ?? 0) << 16) | ((buffer[at + 3] ?? 0) << 8) | (buffer[at + 4] ?? 0));
    if (length > MAX_PLAUSIBLE_BYTES) {
      throw new WireError(
        'oversized-message',
        `message of ${length} bytes, at most ${MAX_PLAUSIBLE_BYTES} are stepped over`,
      );
    }
    return length;
  }
}
