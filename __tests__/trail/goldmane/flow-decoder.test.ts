import fc from 'fast-check';
import { SEEDED } from '../../support/seeded';
import { FlowDecoder } from '../../../trail/goldmane/flow-decoder';
import { WireError } from '../../../trail/goldmane/wire-error';
import { capturedResults } from '../../support/capture';
import { flowResult } from '../../support/flow-bytes';

const WINDOW = 1_795_253_460;

function decoded(bytes: Uint8Array): FlowDecoder {
  const decoder = new FlowDecoder(1);
  decoder.decode(bytes, 0, bytes.length);
  return decoder;
}

test('every field that counting needs is read', () => {
  const decoder = decoded(
    flowResult({
      id: 2 ** 40 + 5,
      window: WINDOW,
      sourceNamespace: 'kube-system',
      destNamespace: 'dbaas',
      destPort: 5432,
      protocol: 'TCP',
      reporter: 2,
      action: 3,
      connections: 12,
      bytesIn: 2 ** 33,
      bytesOut: 7,
      sourceLabels: ['app=a', 'service-identity=dns'],
      destLabels: ['service-identity = pg '],
    }),
  );
  expect(decoder).toMatchObject({
    idLow: 5,
    idHigh: 256,
    windowStart: WINDOW,
    sourceType: 1,
    reporter: 2,
    action: 3,
    destPort: 5432,
    connections: 12,
    bytesIn: 2 ** 33,
    bytesOut: 7,
    implausible: false,
  });
  expect([decoder.namespace('source'), decoder.namespace('dest'), decoder.protocol()]).toEqual([
    'kube-system',
    'dbaas',
    'tcp',
  ]);
  expect([decoder.serviceIdentity('source'), decoder.serviceIdentity('dest')]).toEqual(['dns', 'pg']);
});

test('the two records of a flow have one hash, other flows another, whatever the encoder wrote in between', () => {
  const base = { id: 1, window: WINDOW, reporter: 1, action: 1 };
  const hash = (bytes: Uint8Array): string => {
    const { flowHashLow, flowHashHigh } = decoded(bytes);
    return `${flowHashLow} ${flowHashHigh}`;
  };
  const source = hash(flowResult(base));
  expect(hash(flowResult({ ...base, id: 9, reporter: 2, action: 2, policy: 'deny-all' }))).toBe(source);
  expect(hash(flowResult({ ...base, window: WINDOW + 15 }))).toBe(source);
  const others = [
    { sourceName: 'x' },
    { sourceNamespace: 'x' },
    { destName: 'x' },
    { destPort: 81 },
    { protocol: 'udp' },
    { sourceType: 4 },
  ];
  expect(new Set([source, ...others.map((other) => hash(flowResult({ ...base, ...other })))]).size).toBe(
    others.length + 1,
  );
});

test('a key that is encoded in another order, with defaults written out or padded numbers is the same flow', () => {
  // FlowResult { flow { Key { namespaces, port }, start_time } }, by hand.
  const message = (key: readonly number[]): Uint8Array => {
    const start = [0x10, ...varint(WINDOW)];
    const flow = [0x0a, key.length, ...key, ...start];
    return Uint8Array.from([0x08, 1, 0x12, flow.length, ...flow]);
  };
  const [src, dst, port] = [
    [0x12, 1, 0x61],
    [0x2a, 1, 0x62],
    [0x38, 53],
  ];
  const canonical = decoded(message([...src, ...dst, ...port, 0x68, 1]));
  const variants = [
    [...port, ...dst, ...src, 0x68, 1],
    [0x0a, 0, ...src, ...dst, 0x30, 0, ...port, 0x68, 1],
    [...src, ...dst, 0x38, 53 | 0x80, 0, 0x68, 1],
    [0x68, 1, ...src, ...dst, ...port],
    [0x12, 1, 0x7a, ...src, ...dst, ...port],
    [...src, 0x82, 0x01, 1, 0x78, ...dst, ...port],
  ];
  for (const variant of variants) {
    const other = decoded(message(variant));
    expect([other.flowHashLow, other.flowHashHigh]).toEqual([canonical.flowHashLow, canonical.flowHashHigh]);
    expect([other.namespace('source'), other.namespace('dest'), other.destPort]).toEqual(['a', 'b', 53]);
  }
});

test.each([
  ['negative', -5n],
  ['the largest int64', 2n ** 63n - 1n],
  ['the smallest int64', -(2n ** 63n)],
])('%s as a count is no count, and is said', (_name, value) => {
  const bytes = flowResult({ id: 1, window: WINDOW, reporter: 1, action: 1 });
  const field = [0x50, ...varint(BigInt.asUintN(64, value))];
  const grown = Uint8Array.from([...bytes, ...field]);
  // The flow is the last field of the result: its length grows with it.
  const at = bytes.indexOf(0x12) + 1;
  const length = (bytes[at] ?? 0) & 0x7f;
  expect(length).toBe(bytes.length - at - 1);
  grown[at] = length + field.length;
  const decoder = decoded(grown);
  expect([decoder.connections, decoder.implausible]).toEqual([0, true]);
});

test.each([
  ['NUL', 'a\0b'],
  ['a space', 'a b'],
  ['invalid UTF-8 or other non-ASCII', 'käse'],
  ['more than 253 bytes', 'n'.repeat(254)],
])('a namespace with %s is no name that could reach the database', (_name, sourceNamespace) => {
  const decoder = decoded(flowResult({ id: 1, window: WINDOW, reporter: 1, action: 1, sourceNamespace }));
  expect(decoder.namespace('source')).toBeNull();
});

test.each([0, -15, 999_999_999, 2 ** 33 + 15, Number.MAX_SAFE_INTEGER])(
  'start_time %d is refused: it would open a window that never was',
  (window) => {
    expect(() => decoded(flowResult({ id: 1, window, reporter: 1, action: 1 }))).toThrow(WireError);
  },
);

test('a message that is cut off anywhere is refused or read, never a crash or a hang', () => {
  for (const whole of capturedResults().slice(0, 40)) {
    for (let end = 0; end < whole.length; end++) {
      const decoder = new FlowDecoder(1);
      try {
        decoder.decode(whole.slice(0, end), 0, end);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }
  }
});

test('garbage and damaged messages are refused or read, never a crash or a hang', () => {
  const samples = capturedResults().slice(0, 20);
  const damaged = fc
    .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }))
    .map(([sample, edits]) => {
      const bytes = Uint8Array.from(sample);
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      return bytes;
    });
  const decoder = new FlowDecoder(1);
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), damaged), (bytes) => {
      try {
        decoder.decode(bytes, 0, bytes.length);
        decoder.namespace('source');
        decoder.namespace('dest');
        decoder.serviceIdentity('source');
        decoder.serviceIdentityHash('dest');
        expect(decoder.connections).toBeGreaterThanOrEqual(0);
        expect(decoder.destPort).toBeLessThanOrEqual(65_535);
        expect(decoder.windowStart % 15).toBe(0);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
    { ...SEEDED, numRuns: 20_000 },
  );
});

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}
