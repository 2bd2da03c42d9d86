/** Reads varints and texts one after the other. Throws a RangeError where the bytes end before. */
export class ByteReader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** A varint, at most 2^53 - 1. */
  number(): number {
    const { bytes } = this;
    const first = bytes[this.#at];
    if (first !== undefined && first < 0x80) {
      this.#at++;
      return first;
    }
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = bytes[this.#at++];
      if (byte === undefined) throw new RangeError('contribution is cut off');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** A length in bytes, and as much UTF-8. */
  text(): string {
    const length = this.number();
    this.skip(length);
    const { buffer, byteOffset } = this.bytes;
    return Buffer.from(buffer, byteOffset + this.#at - length, length).toString();
  }

  skip(length: number): void {
    this.#at += length;
    if (this.#at > this.bytes.length) throw new RangeError('contribution is cut off');
  }
}
