import fc from 'fast-check';
import { joinContributions } from '../../../trail/flow/join-contributions';
import type { Contribution } from '../../../trail/flow/contribution';
import { edgesOf, readAll, type Edges } from '../../support/count';
import { flowResult, type TestRecord } from '../../support/flow-bytes';

const WINDOW = 1_795_253_460;
const actionNames = ['unspecified', 'allow', 'deny', 'pass'] as const;
const strength = { unspecified: 0, allow: 1, pass: 2, deny: 3 } as const;

/** The counting rules, told once more, slowly, over plain objects: what the product must agree with. */
function model(records: readonly TestRecord[]): Edges {
  const seen = new Set<string>();
  const observations = new Map<string, TestRecord[]>();
  for (const record of records) {
    const id = `${record.id}@${record.window}`;
    if (seen.has(id)) continue;
    seen.add(id);
    const { window, sourceName, sourceNamespace, sourceType, destName, destNamespace, destPort, protocol } =
      record;
    const flow = JSON.stringify([
      window,
      sourceName,
      sourceNamespace,
      sourceType,
      destName,
      destNamespace,
      destPort,
      protocol,
    ]);
    observations.set(flow, [...(observations.get(flow) ?? []), record]);
  }
  const edges: Edges = {};
  for (const [first, ...rest] of observations.values()) {
    if (first === undefined) continue;
    const src = first.sourceNamespace ?? 'a';
    const dst = first.destNamespace ?? 'b';
    if (src === dst || ['', '-'].includes(src) || ['', '-'].includes(dst)) continue;
    const all = [first, ...rest];
    const action = all
      .map((record) => actionNames[record.action] ?? 'unspecified')
      .reduce((a, b) => (strength[a] >= strength[b] ? a : b));
    const side = all.filter(({ reporter }) => reporter === ((first.sourceType ?? 1) === 1 ? 1 : 2));
    const edge = (edges[`${src} ${dst} ${action}`] ??= {
      first_seen: first.window,
      last_seen: first.window + 15,
      flow_count: 0,
      connections: 0,
      bytes: 0,
    });
    edge.first_seen = Math.min(edge.first_seen, first.window);
    edge.last_seen = Math.max(edge.last_seen, first.window + 15);
    edge.flow_count += 1;
    for (const record of side) {
      edge.connections += record.connections ?? 0;
      edge.bytes += (record.bytesIn ?? 0) + (record.bytesOut ?? 0);
    }
  }
  return edges;
}

const namespace = fc.constantFrom('a', 'b', 'c', 'dbaas', 'kube-system', '-', '');

const content = fc.record({
  window: fc.integer({ min: 0, max: 5 }).map((index) => WINDOW + 15 * index),
  sourceName: fc.constantFrom('web-1-*', 'web-2-*', 'x'.repeat(200)),
  sourceNamespace: namespace,
  sourceType: fc.constantFrom(1, 1, 2, 4),
  destName: fc.constantFrom('pg-0', 'dns-*'),
  destNamespace: namespace,
  destPort: fc.constantFrom(0, 53, 5432, 65_535),
  protocol: fc.constantFrom('tcp', 'udp', '132'),
  reporter: fc.constantFrom(1, 2),
  action: fc.constantFrom(0, 1, 1, 2, 3, 7),
  policy: fc.constantFrom(undefined, 'p'.repeat(10), 'q'.repeat(300)),
  connections: fc.nat(1000),
  bytesIn: fc.nat(100_000),
  bytesOut: fc.nat(100_000),
  sourceLabels: fc.constantFrom([], ['app=x', 'service-identity=mysql'], ['service-identity = pg ']),
  destLabels: fc.constantFrom([], ['service-identity=dns', 'tier=1']),
});

/** Records as one connection brings them: an id stands for one key in each window. */
const records: fc.Arbitrary<TestRecord[]> = fc
  .array(content, { maxLength: 60 })
  .map((contents) => contents.map((each, index) => ({ ...each, policy: each.policy ?? '', id: index + 1 })));

function count(input: readonly TestRecord[]): Edges {
  return edgesOf(merged(readAll(input.map(flowResult)).take()));
}

/** One contribution per window, as the ledger keeps them. */
function merged(contributions: readonly Contribution[]): Contribution[] {
  const byWindow = new Map<number, Contribution>();
  for (const each of contributions) {
    const known = byWindow.get(each.windowStart);
    byWindow.set(each.windowStart, known === undefined ? each : joinContributions(known, each));
  }
  return [...byWindow.values()];
}

test('any records are counted as the rules say', () => {
  fc.assert(fc.property(records, (input) => expect(count(input)).toEqual(model(input))));
});

test('the order of records makes no difference, across windows either', () => {
  fc.assert(
    fc.property(
      records.chain((input) =>
        fc.tuple(fc.constant(input), fc.shuffledSubarray(input, { minLength: input.length })),
      ),
      ([input, shuffled]) => expect(count(shuffled)).toEqual(count(input)),
    ),
  );
});

test('a result that comes twice in one connection is counted once', () => {
  fc.assert(
    fc.property(
      records.chain((input) =>
        fc.tuple(fc.constant(input), fc.subarray(input), fc.infiniteStream(fc.nat(60))),
      ),
      ([input, again, places]) => {
        const doubled = [...input];
        for (const record of again) doubled.splice(places.next().value as number, 0, record);
        expect(count(doubled)).toEqual(count(input));
      },
    ),
  );
});

test('a stream that breaks and resumes at the start of the broken window, or earlier, counts the same', () => {
  fc.assert(
    fc.property(records, fc.nat(60), fc.nat(2), (input, cut, windowsBack) => {
      const inOrder = [...input].sort((one, other) => one.window - other.window);
      const before = inOrder.slice(0, cut);
      const resume = (before.at(-1)?.window ?? WINDOW) - windowsBack * 15;
      // A new server life numbers its results anew.
      const after = inOrder
        .filter(({ window }) => window >= resume)
        .map((record) => ({ ...record, id: record.id + 7 }));
      const readings = [...readAll(before.map(flowResult)).take(), ...readAll(after.map(flowResult)).take()];
      expect(edgesOf(merged(readings))).toEqual(count(input));
    }),
  );
});

test('taking readings in the middle of a stream, at any point, counts the same', () => {
  fc.assert(
    fc.property(records, fc.nat(60), (input, cut) => {
      const book = readAll(input.slice(0, cut).map(flowResult));
      const early = book.take();
      readAll(input.slice(cut).map(flowResult), { book });
      const late = book.take();
      const last = new Map([...early, ...late].map((each) => [each.windowStart, each]));
      expect(edgesOf([...last.values()])).toEqual(count(input));
    }),
  );
});

test('readings of a growing window join to the largest, whatever their order and however often they come', () => {
  fc.assert(
    fc.property(
      records.map((input) => input.map((record) => ({ ...record, window: WINDOW }))),
      fc.nat(60),
      fc.nat(60),
      (input, one, other) => {
        const cuts = [0, Math.min(one, other), Math.max(one, other), input.length];
        const readings = cuts.map((cut) => readAll(input.slice(0, cut).map(flowResult)).take()).flat();
        const expected = count(input);
        expect(edgesOf(merged(readings))).toEqual(expected);
        expect(edgesOf(merged([...readings].reverse()))).toEqual(expected);
        expect(edgesOf(merged([...readings, ...readings]))).toEqual(expected);
      },
    ),
  );
});

test('a flow that is refused at its destination is a denied edge with the connections that its source counted', () => {
  const source = { id: 1, window: WINDOW, reporter: 1, action: 1, connections: 4, bytesOut: 240, bytesIn: 0 };
  const refusal = { id: 2, window: WINDOW, reporter: 2, action: 2, connections: 4, bytesIn: 240 };
  for (const input of [
    [source, refusal],
    [refusal, source],
  ]) {
    expect(count(input)).toEqual({
      'a b deny': { first_seen: WINDOW, last_seen: WINDOW + 15, flow_count: 1, connections: 4, bytes: 240 },
    });
  }
});

test('one flow under several policy traces is one observation with the sum of its connections', () => {
  const trace = (id: number, policy: string): TestRecord => ({
    id,
    window: WINDOW,
    reporter: 1,
    action: 1,
    connections: 3,
    policy,
  });
  expect(count([trace(1, 'x'), trace(2, 'y')])['a b allow']).toMatchObject({ flow_count: 1, connections: 6 });
});
