import fc from 'fast-check';
import { KeySpaces } from '../../../trail/flow/key-spaces';
import { WindowBook, type CountingLimits } from '../../../trail/flow/window-book';
import { edgesOf, multiService, readAll } from '../../support/count';
import { flowResult, type TestRecord } from '../../support/flow-bytes';

const WINDOW = 1_795_253_460;
const FLOWS = 30;

/** Records of one window, each of a flow of its own. */
function window(index: number, flows = FLOWS): TestRecord[] {
  return Array.from({ length: flows }, (_, flow) => ({
    id: index * 1_000 + flow + 1,
    window: WINDOW + 15 * index,
    sourceName: `pod-${flow}`,
    destNamespace: `ns-${flow % 4}`,
    reporter: 1,
    action: 1,
    connections: 1,
  }));
}

function book(limits: CountingLimits): WindowBook {
  return new WindowBook(new KeySpaces(multiService), limits);
}

/** Windows of `index`, one after the other, as a reading that nothing bounds counts them. */
function expected(...indexes: readonly number[]): ReturnType<typeof edgesOf> {
  return edgesOf(readAll(indexes.flatMap((index) => window(index)).map(flowResult)).take());
}

test('a replay and a list of older windows that arrive at once lose nothing, however large their windows are', () => {
  const replayed = [10, 11, 12, 13].flatMap((index) => window(index));
  const listed = [9, 8, 7, 6].flatMap((index) => window(index));
  const pieces = fc.infiniteStream(fc.integer({ min: 1, max: FLOWS / 2 }));
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 2 * FLOWS }), (sizes, maxOpenObservations) => {
      const subject = book({ maxOpenObservations });
      const streams = [[...replayed], [...listed]];
      for (let turn = 0; streams.some((left) => left.length > 0); turn++) {
        const piece = streams[turn % 2]?.splice(0, sizes.next().value as number) ?? [];
        readAll(piece.map(flowResult), { book: subject });
      }
      expect(edgesOf(subject.take())).toEqual(expected(10, 11, 12, 13, 9, 8, 7, 6));
    }),
  );
});

test('readings that nobody takes are bounded: the oldest windows go, and it is known which, until they were read again', () => {
  const indexes = Array.from({ length: 40 }, (_, index) => index);
  const size = readAll(window(0).map(flowResult)).take()[0]?.bytes.length ?? 0;
  const subject = book({ maxOpenObservations: 1, maxWaitingBytes: 10.5 * size });
  const read = (of: readonly number[]): unknown =>
    readAll(of.flatMap((index) => window(index)).map(flowResult), { book: subject });
  read(indexes.slice(0, 5));
  expect([subject.droppedFrom, subject.droppedUntil]).toEqual([0, 0]);
  read(indexes.slice(5));
  const { droppedFrom, droppedUntil } = subject;
  expect(droppedFrom).toBe(WINDOW);
  expect(droppedUntil).toBeGreaterThan(WINDOW + 20 * 15);
  expect(droppedUntil).toBeLessThan(WINDOW + 32 * 15);
  const taken = subject.take();
  expect(Math.min(...taken.map(({ windowStart }) => windowStart))).toBe(droppedUntil);
  expect(edgesOf(taken)).toEqual(expected(...indexes.slice((droppedUntil - WINDOW) / 15)));
  subject.readAgain(droppedUntil - 15);
  expect([subject.droppedFrom, subject.droppedUntil]).toEqual([droppedFrom, droppedUntil]);
  subject.readAgain(droppedUntil);
  expect([subject.droppedFrom, subject.droppedUntil]).toEqual([0, 0]);
});
