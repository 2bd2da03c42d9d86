import { deflateRawSync } from 'node:zlib';
import { Random } from './random';

/** Length of a gRPC message's header: a compressed flag and a 32-bit big-endian length. */
const HEADER_BYTES = 5;

/** A message as gRPC frames it. */
export function frame(message: Uint8Array, { compressed = false } = {}): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_BYTES + message.length);
  framed[0] = compressed ? 1 : 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, HEADER_BYTES);
  return framed;
}

/** Frames that no Goldmane sends, for tests of a reader's defences. */
export const brokenFrames = {
  /** Ends in the middle of the message. Whatever follows is taken for the rest of it. */
  truncated: (message: Uint8Array): Buffer =>
    frame(message).subarray(0, HEADER_BYTES + (message.length >> 1)),
  /** Announces `bytes` of message and sends none. */
  oversized: (bytes = 0xffff_ffff): Buffer => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32BE(bytes, 1);
    return header;
  },
  /** Compressed, though the client offered no compression. */
  compressed: (message: Uint8Array): Buffer => frame(deflateRawSync(message), { compressed: true }),
  /** A well-framed message of random bytes. */
  garbage: (seed: number, length = 64): Buffer => {
    const random = new Random('garbage', seed);
    return frame(Uint8Array.from({ length }, () => random.integer(0, 255)));
  },
};

/** The one message of a request body; undefined while it is incomplete. */
export function unframe(body: Buffer): Buffer | undefined {
  if (body.length < HEADER_BYTES) return undefined;
  const length = body.readUInt32BE(1);
  return body.length < HEADER_BYTES + length ? undefined : body.subarray(HEADER_BYTES, HEADER_BYTES + length);
}
