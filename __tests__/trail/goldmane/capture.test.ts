import { FlowDecoder } from '../../../trail/goldmane/flow-decoder';
import { ListReader } from '../../../trail/goldmane/list-reader';
import { KeySpaces } from '../../../trail/flow/key-spaces';
import { WindowBook } from '../../../trail/flow/window-book';
import { capturedList, capturedResults, expectedEdges, grpcBody } from '../../support/capture';
import { edgesOf, multiService, readAll } from '../../support/count';

test('what a real Goldmane streamed becomes exactly the edges that its traffic was', () => {
  const results = capturedResults();
  const edges = edgesOf(readAll(results).take());
  expect(results).toHaveLength(3368);
  expect(Object.keys(edges)).toHaveLength(59);
  for (const expected of expectedEdges().edges) {
    const { src_ns, dst_ns, action, ...totals } = expected;
    expect({ src_ns, dst_ns, action, ...edges[`${src_ns} ${dst_ns} ${action}`] }).toEqual({
      src_ns,
      dst_ns,
      action,
      ...totals,
      bytes: expect.any(Number) as number,
    });
  }
});

test.each([1, 7, 100, 65_536])(
  'a List of the first window, in chunks of %i bytes, says what the stream said of it',
  (chunkBytes) => {
    const { first_window } = expectedEdges();
    const body = grpcBody([capturedList()]);
    const book = new WindowBook(new KeySpaces(multiService));
    const decoder = new FlowDecoder(1);
    let results = 0;
    const reader = new ListReader((buffer, start, end) => {
      decoder.decode(buffer, start, end);
      expect(decoder.windowStart).toBe(first_window);
      book.add(decoder);
      results++;
    });
    for (let at = 0; at < body.length; at += chunkBytes) {
      expect(reader.complete).toBe(false);
      reader.push(body.subarray(at, at + chunkBytes));
    }
    expect(reader.complete).toBe(true);
    expect(results).toBe(84);
    const streamed = readAll(capturedResults())
      .take()
      .filter(({ windowStart }) => windowStart === first_window);
    expect(edgesOf(book.take())).toEqual(edgesOf(streamed));
  },
);

test('chunks that cut frames and headers anywhere change nothing', () => {
  const results = capturedResults().slice(0, 400);
  const whole = edgesOf(readAll(results, { chunkBytes: 1 << 20 }).take());
  for (const chunkBytes of [1, 2, 3, 5, 11, 127, 4096]) {
    expect(edgesOf(readAll(results, { chunkBytes }).take())).toEqual(whole);
  }
});
