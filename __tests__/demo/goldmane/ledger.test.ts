import { Ledger } from '../../../demo/goldmane/ledger';
import { messages } from '../../../demo/goldmane/messages';
import { capturedList, capturedResults, expectedEdges } from '../../support/capture';

test('the judge of all fault tests agrees with a real Goldmane: 59 edges from 3,368 records', () => {
  const ledger = new Ledger();
  const captured = capturedResults().map((bytes) => messages.flowResult.decode(bytes));
  expect(captured).toHaveLength(3368);
  for (const { flow } of captured) ledger.add({ ...flow, key: flow.Key, time: flow.start_time });
  const edges = ledger.edges().map(({ bytes_in: _in, bytes_out: _out, ...edge }) => edge);
  expect(edges).toEqual(expectedEdges().edges);
});

test('our schema loses nothing of what a real Goldmane sends', () => {
  for (const bytes of capturedResults().slice(0, 500)) {
    expect(messages.flowResult.encode(messages.flowResult.decode(bytes)).length).toBe(bytes.length);
  }
  const list = messages.listResult.decode(capturedList());
  expect(list.meta.totalResults).toBe(list.flows.length);
});
