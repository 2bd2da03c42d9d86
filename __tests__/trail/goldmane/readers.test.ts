import fc from 'fast-check';
import { FrameReader, MAX_MESSAGE_BYTES, MAX_PLAUSIBLE_BYTES } from '../../../trail/goldmane/frame-reader';
import { ListReader } from '../../../trail/goldmane/list-reader';
import { WireError } from '../../../trail/goldmane/wire-error';
import { grpcBody } from '../../support/capture';
import { SEEDED } from '../../support/seeded';

/** Cuts bytes into chunks of the given sizes, over and over. */
function* chunks(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });

test('frames come out as they went in, however the network cuts them', () => {
  fc.assert(
    fc.property(messages, sizes, (input, cuts) => {
      const out: Uint8Array[] = [];
      const reader = new FrameReader((buffer, start, end) => out.push(buffer.slice(start, end)));
      for (const chunk of chunks(grpcBody(input), cuts)) reader.push(chunk);
      expect(out.map((each) => [...each])).toEqual(input.map((each) => [...each]));
      expect(reader.idle).toBe(true);
    }),
    SEEDED,
  );
});

test('list results come out as they went in, however the network cuts them, unknown fields stepped over', () => {
  fc.assert(
    fc.property(messages, sizes, (input, cuts) => {
      const fields = input.flatMap((each) => [0x12, each.length, ...each, 0x1a, 2, 0x12, 0xff]);
      const body = grpcBody([Uint8Array.from([0x0a, 2, 0x10, 9, ...fields])]);
      const out: Uint8Array[] = [];
      const reader = new ListReader((buffer, start, end) => out.push(buffer.slice(start, end)));
      for (const chunk of chunks(body, cuts)) reader.push(chunk);
      expect(out.map((each) => [...each])).toEqual(input.map((each) => [...each]));
      expect(reader.complete).toBe(true);
    }),
    SEEDED,
  );
});

test('a compressed message is refused: its bytes would be counted as something else', () => {
  const body = Uint8Array.from([1, 0, 0, 0, 1, 0]);
  expect(() => new FrameReader(() => undefined).push(body)).toThrow('[compressed-message]');
  expect(() => new ListReader(() => undefined).push(body)).toThrow('[compressed-message]');
});

test('a flow that is too large is counted and stepped over, its neighbours are read, no memory is taken for it', () => {
  const large = Buffer.alloc(MAX_MESSAGE_BYTES + 1, 0x12);
  const [first, last] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)];
  const field = (bytes: Uint8Array): Buffer => {
    const length: number[] = [];
    for (let rest = bytes.length; ; rest >>>= 7) {
      length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
      if (rest <= 0x7f) break;
    }
    return Buffer.concat([Buffer.of(0x12, ...length), bytes]);
  };
  const stream = grpcBody([first, large, last]);
  const list = grpcBody([Buffer.concat([field(first), field(large), field(last)])]);
  for (const cut of [1_000, 65_536, stream.length]) {
    for (const [Reader, body] of [
      [FrameReader, stream],
      [ListReader, list],
    ] as const) {
      const out: number[][] = [];
      const reader = new Reader((buffer, start, end) => out.push([...buffer.subarray(start, end)]));
      // Cut inside the header, too.
      for (const chunk of chunks(body, [11, cut])) reader.push(chunk);
      expect(out).toEqual([[1, 2, 3], [], [4, 5]]);
      expect('idle' in reader ? reader.idle : reader.complete).toBe(true);
    }
  }
});

test('a length that no message has is refused: the bytes are not what they are taken for', () => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(MAX_PLAUSIBLE_BYTES + 1, 1);
  for (const cut of [1, 5]) {
    const reader = new FrameReader(() => undefined);
    expect(() => {
      for (const chunk of chunks(header, [cut])) reader.push(chunk);
    }).toThrow(/\[oversized-message\] message of 67108865 bytes/);
  }
  const list = grpcBody([Uint8Array.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])]);
  list.writeUInt32BE(0xffffffff, 1);
  expect(() => new ListReader(() => undefined).push(list)).toThrow('[malformed-message]');
});

test('a stream that ends inside a message says so', () => {
  const reader = new FrameReader(() => undefined);
  reader.push(Uint8Array.from([0, 0, 0, 0, 9, 1]));
  expect(reader.idle).toBe(false);
  const list = new ListReader(() => undefined);
  list.push(Uint8Array.from([0, 0, 0, 0, 9, 0x12]));
  expect(list.complete).toBe(false);
});

test('garbage is refused or read, never a crash or a hang', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), sizes, (garbage, cuts) => {
      for (const reader of [new FrameReader(() => undefined), new ListReader(() => undefined)]) {
        try {
          for (const chunk of chunks(garbage, cuts)) reader.push(chunk);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }
    }),
    { ...SEEDED, numRuns: 10_000 },
  );
});
