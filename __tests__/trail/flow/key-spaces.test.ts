import fc from 'fast-check';
import { ACTIONS } from '../../../trail/flow/action';
import type { Contribution } from '../../../trail/flow/contribution';
import type { KeyLimits, KnownServices } from '../../../trail/flow/key-space';
import { joinContributions } from '../../../trail/flow/join-contributions';
import { KeySpaces } from '../../../trail/flow/key-spaces';
import type { ServiceKey } from '../../../trail/flow/service-key';
import { WindowBook } from '../../../trail/flow/window-book';
import { decodeContribution } from '../../support/contributions';
import { edgesOf, multiService, readAll } from '../../support/count';
import { flowResult, type TestRecord } from '../../support/flow-bytes';

const WINDOW = 1_795_253_460;
const UNBOUNDED = 65_536;

/** [flows, connections, bytes] by "src>dst protocol:port verdict". */
type Rows = Record<string, readonly number[]>;

interface Count {
  readonly contributions: Contribution[];
  readonly rows: Rows;
  /** Flows that met a bound. */
  readonly capped: number;
}

/** Counts records as one connection brings them, in spaces that know of `known`. */
function count(input: readonly TestRecord[], limits: KeyLimits, known?: KnownServices): Count {
  const spaces = new KeySpaces(multiService, limits);
  if (known !== undefined) spaces.reset(known);
  const contributions = readAll(input.map(flowResult), { book: new WindowBook(spaces) }).take();
  return { contributions, rows: rowsOf(contributions), capped: spaces.takeCapped() };
}

function rowsOf(contributions: readonly Contribution[]): Rows {
  const rows: Rows = {};
  for (const row of contributions.flatMap(decodeContribution)) {
    const { srcNs, dstNs, protocol, dstPort } = row.key;
    addTo(rows, `${srcNs}>${dstNs} ${protocol}:${dstPort} ${row.action}`, [
      row.flows,
      row.connections,
      row.bytesOut + row.bytesIn,
    ]);
  }
  return rows;
}

function addTo(rows: Rows, name: string, numbers: readonly number[]): void {
  const before = rows[name];
  rows[name] = numbers.map((value, index) => value + (before?.[index] ?? 0));
}

/** What the rows of an unbounded count come to where only the first `bound` services of a pair have their own. */
function folded(rows: Rows, services: readonly string[], bound: number): Rows {
  const kept = new Set<string>();
  const used = new Map<string, number>();
  for (const service of new Set(services)) {
    const [pair = ''] = service.split(' ');
    const sofar = used.get(pair) ?? 0;
    used.set(pair, sofar + 1);
    if (sofar < bound) kept.add(service);
  }
  const result: Rows = {};
  for (const [name, numbers] of Object.entries(rows)) {
    const [pair = '', service = '', action = ''] = name.split(' ');
    addTo(result, kept.has(`${pair} ${service}`) ? name : `${pair} other:0 ${action}`, numbers);
  }
  return result;
}

/** A record from `a` to `b`, of a flow of its own. */
function record(port: number, rest: Partial<TestRecord> = {}): TestRecord {
  return { id: port, window: WINDOW, reporter: 1, action: 1, connections: 1, destPort: port, ...rest };
}

const records: fc.Arbitrary<TestRecord[]> = fc
  .array(
    fc.record({
      window: fc.integer({ min: 0, max: 3 }).map((index) => WINDOW + 15 * index),
      sourceName: fc.constantFrom('web-1-*', 'web-2-*'),
      sourceNamespace: fc.constantFrom('a', 'b'),
      destNamespace: fc.constantFrom('c', 'd'),
      destPort: fc.integer({ min: 1, max: 8 }),
      protocol: fc.constantFrom('tcp', 'udp'),
      reporter: fc.constantFrom(1, 2),
      action: fc.integer({ min: 0, max: ACTIONS.length - 1 }),
      connections: fc.nat(9),
      bytesIn: fc.nat(999),
      bytesOut: fc.nat(999),
    }),
    { maxLength: 80 },
  )
  .map((contents) => contents.map((each, index) => ({ ...each, id: index + 1 })));

const serviceOf = (each: TestRecord): string =>
  `${each.sourceNamespace}>${each.destNamespace} ${each.protocol}:${each.destPort}`;

function known(ports: readonly number[], from = 1): KnownServices {
  const services = ports.map((dstPort): ServiceKey => ({
    srcNs: 'a',
    srcService: '',
    dstNs: 'b',
    dstService: '',
    protocol: 'tcp',
    dstPort,
  }));
  return { services, from };
}

const ports = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Ports of the pair that have rows of their own. */
const named = ({ rows }: Count): number[] =>
  Object.keys(rows)
    .filter((name) => name.includes(' tcp:'))
    .map((name) => Number(/:(\d+)/.exec(name)?.[1]))
    .sort((a, b) => a - b);

test('the first services of a pair keep rows of their own, the rest is one row, and every sum stays exact', () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 1, max: 10 }), (input, maxServicesPerPair) => {
      const free = count(input, { maxServicesPerPair: UNBOUNDED });
      const bounded = count(input, { maxServicesPerPair });
      const expected = folded(free.rows, input.map(serviceOf), maxServicesPerPair);
      expect(bounded.rows).toEqual(expected);
      expect(edgesOf(bounded.contributions)).toEqual(edgesOf(free.contributions));
      const others = Object.entries(expected).filter(([name]) => name.includes('other'));
      expect(bounded.capped).toBe(others.reduce((sum, [, [flows = 0]]) => sum + flows, 0));
      expect(free.capped).toBe(0);
    }),
  );
});

test('names that labels tell apart take part in the bound, and edges stay exact', () => {
  const labels = fc.constantFrom([], ['service-identity=mysql'], ['service-identity=pg']);
  const labelled = records.chain((input) =>
    fc
      .array(labels, { minLength: input.length, maxLength: input.length })
      .map((of) =>
        input.map((each, index) => ({ ...each, destNamespace: 'dbaas', destLabels: of[index] ?? [] })),
      ),
  );
  fc.assert(
    fc.property(labelled, fc.integer({ min: 1, max: 6 }), (input, maxServicesPerPair) => {
      const { contributions } = count(input, { maxServicesPerPair });
      expect(edgesOf(contributions)).toEqual(
        edgesOf(count(input, { maxServicesPerPair: UNBOUNDED }).contributions),
      );
      const services = new Map<string, Set<string>>();
      for (const { key } of contributions.flatMap(decodeContribution)) {
        if (key.protocol === 'other') continue;
        const of = services.get(key.srcNs) ?? new Set();
        services.set(key.srcNs, of.add(JSON.stringify(key)));
      }
      for (const of of services.values()) expect(of.size).toBeLessThanOrEqual(maxServicesPerPair);
    }),
  );
});

test('a service that the database tells apart keeps its row after a restart, whoever comes first', () => {
  const input = ports(1, 9).map((port) => record(port));
  const after = count(input, { maxServicesPerPair: 3 }, known([7, 8, 9]));
  expect(named(after)).toEqual([7, 8, 9]);
  expect(after.rows['a>b other:0 allow']).toEqual([6, 6, 0]);
  expect(after.capped).toBe(6);
});

test('services that the database has beyond a bound that was lowered keep their rows, and no new one gets one', () => {
  const input = ports(1, 9).map((port) => record(port));
  expect(named(count(input, { maxServicesPerPair: 2 }, known([6, 7, 8, 9])))).toEqual([6, 7, 8, 9]);
});

test('a pair that may be missing from what is known leaves room for the services it may have', () => {
  const input = ports(1, 9).map((port) => record(port));
  const elsewhere = { sourceNamespace: 'x' };
  // Up to 3 services of `x` may be in the database already: 6 - 3 are left.
  const unknownPair = count(
    input.map((each) => ({ ...each, ...elsewhere })),
    { maxServicesPerPair: 6 },
    known(ports(4, 8), 4),
  );
  expect(named(unknownPair)).toEqual([1, 2, 3]);
  // A pair that is there is there with all its services.
  expect(named(count(input, { maxServicesPerPair: 6 }, known(ports(4, 8), 4)))).toEqual([1, 4, 5, 6, 7, 8]);
  const noRoom = { maxServicesPerPair: 2 };
  expect(named(count(input, noRoom, { services: [], from: 5 }))).toEqual([1]);
});

test('a pair that is near its bound stays within it when a crowded space gives way to the next', () => {
  const limits = { maxServicesPerPair: 32, maxServiceKeys: 80 };
  const crowd = (round: number): TestRecord[] =>
    ports(1, 70).map((port) =>
      record(80, {
        id: 1_000 * round + port,
        window: WINDOW + 15 * round,
        sourceNamespace: `s-${round}-${port}`,
      }),
    );
  const rounds = ports(0, 9);
  const input = rounds.flatMap((round) => [
    ...ports(1, 6).map((port) => record(100 * round + port, { window: WINDOW + 15 * round })),
    ...crowd(round),
  ]);
  const bounded = count(input, limits);
  expect(named(bounded).filter((port) => port !== 80)).toHaveLength(32);
  expect(edgesOf(bounded.contributions)).toEqual(
    edgesOf(count(input, { maxServicesPerPair: UNBOUNDED }).contributions),
  );
});

/** Reads records of `each` ports, from `first` on, of as many namespaces, in a window of their own. */
function crowd(spaces: KeySpaces, namespaces: number, each = 1, first = 1): Contribution[] {
  const input = ports(1, namespaces).flatMap((namespace) =>
    ports(first, first + each - 1).map((port) =>
      record(port, { id: 1_000 * namespace + port, sourceNamespace: `s-${each}-${first}-${namespace}` }),
    ),
  );
  return readAll(input.map(flowResult), { book: new WindowBook(spaces) }).take();
}

test('a space that is crowded by what has to be carried gives way to the next with every window, in vain', () => {
  const spaces = new KeySpaces(multiService, { maxServicesPerPair: 32, maxServiceKeys: 80 });
  const space = spaces.current();
  crowd(spaces, 4, 16);
  expect(space.keys.size).toBe(64);
  expect(spaces.current()).toBe(space);
  crowd(spaces, 10);
  expect(spaces.current()).toBe(space);
  crowd(spaces, 10, 1, 2);
  expect(spaces.current()).not.toBe(space);
  expect(spaces.current().keys.size).toBe(32);
});

test.each([1, 16, 31, 256])(
  'once the memory of services is full no new one has a row until the next restart, at a bound of %i',
  (maxServicesPerPair) => {
    const spaces = new KeySpaces(multiService, { maxServicesPerPair, maxServiceKeys: 400 });
    crowd(spaces, 30, Math.min(maxServicesPerPair, 20));
    crowd(spaces, 400);
    const rows = rowsOf(crowd(spaces, 50, 1, 7));
    expect(Object.keys(rows).filter((name) => name.includes(' tcp:'))).toHaveLength(50);
  },
);

test.each([
  ['of which the trail may hold many already', 200, 100, 64],
  ['that shows a few new ones at a time', 1, 15, 256],
])('a pair %s passes its bound as spaces give way to the next', (_, from, each, bound) => {
  const spaces = new KeySpaces(multiService, { maxServicesPerPair: 256, maxServiceKeys: 2_000 });
  spaces.reset({ services: [], from });
  const seen = new Set<string>();
  for (let round = 0; round < 40; round++) {
    const input = ports(1, each).map((port) => record(round * each + port));
    const rows = rowsOf(readAll(input.map(flowResult), { book: new WindowBook(spaces) }).take());
    for (const name of Object.keys(rows)) if (name.includes(' tcp:')) seen.add(name);
    const before = spaces.current();
    crowd(spaces, 1_600, 1, 1_000 + round);
    expect(spaces.current()).not.toBe(before);
  }
  expect(seen.size).toBe(bound);
});

test('beyond the bound on all services pairs keep their sums, and beyond twice that all other pairs have one row', () => {
  const crowd = fc
    .array(
      fc.record({
        window: fc.integer({ min: 0, max: 3 }).map((index) => WINDOW + 15 * index),
        sourceNamespace: fc.integer({ min: 0, max: 30 }).map((index) => `s-${index}`),
        destNamespace: fc.constantFrom('c', 'd'),
        destPort: fc.integer({ min: 1, max: 4 }),
        reporter: fc.constantFrom(1, 2),
        action: fc.integer({ min: 0, max: ACTIONS.length - 1 }),
        connections: fc.nat(9),
        bytesOut: fc.nat(999),
      }),
      { maxLength: 120 },
    )
    .map((contents) => contents.map((each, index) => ({ ...each, id: index + 1 })));
  fc.assert(
    fc.property(crowd, fc.integer({ min: 1, max: 20 }), (input, maxServiceKeys) => {
      const free = count(input, {});
      const bounded = count(input, { maxServiceKeys });
      for (const each of bounded.contributions) {
        const keys = new Set(decodeContribution(each).map(({ key }) => JSON.stringify(key)));
        expect(keys.size).toBeLessThanOrEqual(2 * maxServiceKeys + 1);
      }
      // Whatever has a name is exact; what has none is the rest of its verdict.
      const edges = pairSums(free.rows);
      const left = { ...edges };
      const unnamed: Rows = {};
      for (const [edge, sums] of Object.entries(pairSums(bounded.rows))) {
        const [, action = ''] = edge.split(' ');
        if (edge.startsWith('(other)>(other) ')) addTo(unnamed, action, sums);
        else
          addTo(
            left,
            edge,
            sums.map((value) => -value),
          );
      }
      const rest: Rows = {};
      for (const [edge, sums] of Object.entries(left)) {
        expect(Math.min(0, ...sums)).toBe(0);
        if (sums.some((value) => value > 0)) addTo(rest, edge.split(' ')[1] ?? '', sums);
      }
      expect(unnamed).toEqual(rest);
    }),
  );
});

test('names that end in `other` are not kept: neither of namespaces, nor of services, nor of protocols', () => {
  const limits = { maxServicesPerPair: 2, maxServiceKeys: 10 };
  const spaces = new KeySpaces(multiService, limits);
  const book = new WindowBook(spaces);
  const space = spaces.current();
  const strangers = ports(1, 500).map((port) =>
    record(port, {
      sourceNamespace: `s-${port}`,
      destNamespace: 'dbaas',
      destLabels: [`service-identity=db-${port}`],
      protocol: `p-${port}`,
    }),
  );
  const crowd = strangers.map((each) => ({ ...each, id: each.id + 500, sourceNamespace: 'a' }));
  readAll([...crowd, ...strangers].map(flowResult), { book });
  // Namespace, service and protocol of each key, and those that stand for others.
  expect(space.keys.names.length).toBeLessThan(4 * 2 * limits.maxServiceKeys);
  const rows = rowsOf(book.take());
  expect(rows['a>dbaas other:0 allow']).toEqual([498, 498, 0]);
  expect(rows['(other)>(other) other:0 allow']?.[0]).toBe(500 - 18 + 1);
  // What has a name is found by it, and still told apart.
  expect(Object.keys(rows).filter((name) => name.startsWith('a>dbaas p-'))).toHaveLength(2);
});

/** Sums by "src>dst verdict". */
function pairSums(rows: Rows): Rows {
  const sums: Rows = {};
  for (const [name, numbers] of Object.entries(rows)) {
    const [pair = '', , action = ''] = name.split(' ');
    addTo(sums, `${pair} ${action}`, numbers);
  }
  return sums;
}

test('a window that is read twice counts what the larger reading counts, whatever bounds either met', () => {
  const bounds: fc.Arbitrary<KeyLimits> = fc.record({
    maxServiceKeys: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(UNBOUNDED)),
    maxServicesPerPair: fc.integer({ min: 1, max: 4 }),
  });
  const shuffled = records.chain((input) =>
    fc.record({
      all: fc.shuffledSubarray(input, { minLength: input.length }),
      part: fc.shuffledSubarray(input),
    }),
  );
  fc.assert(
    fc.property(shuffled, bounds, bounds, fc.boolean(), ({ all, part }, first, second, sameSpace) => {
      const one = new KeySpaces(multiService, first);
      const other = sameSpace ? one : new KeySpaces(multiService, second);
      const read = (input: readonly TestRecord[], spaces: KeySpaces): Map<number, Contribution> =>
        new Map(
          readAll(input.map(flowResult), { book: new WindowBook(spaces) })
            .take()
            .map((each) => [each.windowStart, each]),
        );
      const smaller = read(part, one);
      const larger = read(all, other);
      for (const [window, whole] of larger) {
        const known = smaller.get(window) ?? whole;
        for (const joined of [
          joinContributions(known, whole),
          joinContributions(whole, known),
          joinContributions(known, whole, 'next'),
        ])
          expect(sumsOf(joined)).toEqual(sumsOf(whole));
      }
    }),
    { numRuns: 500 },
  );
});

/** Flows, connections and bytes of all rows, by verdict. */
function sumsOf(reading: Contribution): Rows {
  const sums: Rows = {};
  for (const { action, flows, connections, bytesOut, bytesIn } of decodeContribution(reading))
    addTo(sums, action, [flows, connections, bytesOut + bytesIn]);
  return sums;
}
