import { MAX_MESSAGE_BYTES, type MessageSink } from './frame-reader';
import { Skipper } from './skipper';
import { WireError } from './wire-error';

const HEADER_BYTES = 5;
const TAG_FLOW = 0x12;
/** Tag byte and a length of at most 5 bytes. */
const MAX_FIELD_HEADER_BYTES = 6;

/**
 * Splits the body of a List response into its FlowResults while it arrives: one gRPC message of any size
 * (half a million flows are 150 MB), of which never more than one flow is held. One that is too large is handed on
 * as an empty one, so that it is counted and its window can be settled. Throws a WireError.
 */
export class ListReader {
  /** Bytes of the message that are still to come; -1 = its header is not complete yet. */
  #left = -1;
  readonly #skipper: Skipper;
  #carry = new Uint8Array(4096);
  #carried = 0;

  constructor(private readonly sink: MessageSink) {
    this.#skipper = new Skipper(sink);
  }

  /** True once the message was read to its end. */
  get complete(): boolean {
    return this.#left === 0 && this.#carried === 0 && !this.#skipper.isActive;
  }

  push(received: Uint8Array): void {
    const chunk = this.#skipper.isActive
      ? received.subarray(this.#skipper.goOn(0, received.length))
      : received;
    let bytes = chunk;
    if (this.#carried > 0) {
      this.#keep(chunk);
      bytes = this.#carry.subarray(0, this.#carried);
    }
    const used = this.#consume(bytes);
    const rest = bytes.subarray(used);
    if (bytes === chunk) this.#carried = 0;
    if (rest.length === 0) {
      this.#carried = 0;
    } else if (bytes === chunk) {
      this.#keep(rest);
    } else {
      this.#carry.copyWithin(0, used, this.#carried);
      this.#carried = rest.length;
    }
  }

  /** Hands on every whole field in `bytes`; returns how much of them is used up. */
  #consume(bytes: Uint8Array): number {
    let at = 0;
    if (this.#left === -1) {
      if (bytes.length < HEADER_BYTES) return 0;
      if (bytes[0] !== 0) {
        throw new WireError(
          'compressed-message',
          `compressed flag ${bytes[0] ?? 0}, but no compression was offered`,
        );
      }
      this.#left = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
      at = HEADER_BYTES;
    }
    while (at < bytes.length) {
      if (this.#left === 0) throw new WireError('malformed-message', 'bytes after the end of a list result');
      const header = fieldHeader(bytes, at);
      if (header === undefined) {
        if (bytes.length - at >= Math.min(MAX_FIELD_HEADER_BYTES, this.#left)) {
          throw new WireError('malformed-message', 'a field of a list result has no length');
        }
        break;
      }
      const total = header.end - at + header.length;
      if (total > this.#left) throw new WireError('malformed-message', 'a length reaches beyond its message');
      if (header.length > MAX_MESSAGE_BYTES) {
        this.#left -= total;
        at = this.#skipper.begin(header.length, header.end, bytes.length);
        continue;
      }
      const end = at + total;
      if (end > bytes.length) break;
      if (header.tag === TAG_FLOW) this.sink(bytes, header.end, end);
      this.#left -= total;
      at = end;
    }
    return at;
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#carried + bytes.length;
    if (needed > this.#carry.length) {
      const grown = new Uint8Array(Math.max(needed, this.#carry.length * 2));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(bytes, this.#carried);
    this.#carried = needed;
  }
}

/** Reads tag and length at `at`; undefined where they are not whole yet. */
function fieldHeader(
  bytes: Uint8Array,
  at: number,
): { tag: number; length: number; end: number } | undefined {
  const tag = bytes[at] ?? 0;
  // Later releases may add fields; they are stepped over as long as they carry their length.
  if (tag >= 0x80 || (tag & 7) !== 2) {
    throw new WireError('malformed-message', `field tag ${tag} in a list result`);
  }
  let length = 0;
  for (let index = 1; index < MAX_FIELD_HEADER_BYTES; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * (index - 1));
    if (byte < 0x80) return { tag, length, end: at + index + 1 };
  }
  return undefined;
}
