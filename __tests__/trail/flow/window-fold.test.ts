import fc from 'fast-check';
import { readAll } from '../../support/count';
import { decodeContribution } from '../../support/contributions';
import { flowResult, type TestRecord } from '../../support/flow-bytes';

const WINDOW = 1_795_253_460;
/** Ids remembered for each flow that is told apart. */
const IDS_PER_FLOW = 4;

/** Flows, connections and bytes of all rows, by verdict. */
function sums(input: readonly TestRecord[], maxObservationsPerWindow: number): Record<string, number[]> {
  const byAction: Record<string, number[]> = {};
  const readings = readAll(input.map(flowResult), { limits: { maxObservationsPerWindow } }).take();
  for (const { action, flows, connections, bytesOut, bytesIn } of readings.flatMap(decodeContribution)) {
    const known = byAction[action] ?? [0, 0, 0, 0];
    byAction[action] = [flows, connections, bytesOut, bytesIn].map((value, at) => value + (known[at] ?? 0));
  }
  return byAction;
}

/** A flow of its own, as its counting side tells it. */
function record(flow: number): TestRecord {
  return {
    id: flow,
    window: WINDOW,
    sourceName: `pod-${flow}`,
    reporter: 1,
    action: flow % 3 === 0 ? 2 : 1,
    connections: flow,
    bytesOut: 10 * flow,
    bytesIn: 100 * flow,
  };
}

const flows = (count: number): TestRecord[] => Array.from({ length: count }, (_, index) => record(index + 1));

test('beyond the flows that a window tells apart, sums are exact whatever comes twice, in any order', () => {
  const input = fc.integer({ min: 1, max: 24 }).chain((count) =>
    fc
      .tuple(fc.subarray(flows(count)), fc.subarray(flows(count)))
      .chain(([again, oncemore]) =>
        fc.shuffledSubarray([...flows(count), ...again, ...oncemore], {
          minLength: count + again.length + oncemore.length,
        }),
      )
      .map((records) => ({ count, records })),
  );
  fc.assert(
    fc.property(input, fc.integer({ min: 6, max: 12 }), ({ count, records }, bound) => {
      expect(sums(records, bound)).toEqual(sums(flows(count), count));
    }),
  );
});

test('what the other side says of a flow beyond the bound adds nothing to it', () => {
  const both = flows(9).flatMap((each) => [each, { ...each, id: 100 + each.id, reporter: 2 }]);
  expect(sums(both, 3)).toEqual(sums(flows(9), 9));
});

test('no stream of records fills the memory with ids: beyond a multiple of the flows they are not remembered', () => {
  const bound = 5;
  const beyond = record(bound * IDS_PER_FLOW + 1);
  const full = flows(bound * IDS_PER_FLOW);
  const once = sums([...full, beyond], bound);
  expect(sums([...full, ...full, beyond], bound)).toEqual(once);
  expect(sums([...full, beyond, beyond], bound)).not.toEqual(once);
});
