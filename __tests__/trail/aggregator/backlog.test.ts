import { Backlog } from '../../../trail/aggregator/backlog';
import type { LiveReader } from '../../../trail/aggregator/live-reader';
import { createMetrics } from '../../../trail/aggregator/metrics';
import { contribution, windowAt } from '../../support/contributions';

const none = { take: () => [], takeDropped: () => undefined } as unknown as LiveReader;

function fullBacklog(): Backlog {
  const windows = [0, 1, 2, 3].map((index) => contribution(index, 'shop>db:5432 allow 2 5'));
  const backlog = new Backlog(
    none,
    createMetrics(),
    2 * Math.max(...windows.map(({ bytes }) => bytes.length)),
  );
  backlog.add(windows);
  return backlog;
}

test('what memory has no room for is known by its time, so that it is never called streamed', () => {
  const backlog = fullBacklog();
  expect(backlog.drain(240).map(({ windowStart }) => windowStart)).toEqual([windowAt(2), windowAt(3)]);
  expect([backlog.droppedFrom, backlog.droppedUntil]).toEqual([windowAt(0), windowAt(2)]);
});

test('it stays known until the settle pass has read all of it', () => {
  const backlog = fullBacklog();
  backlog.readAgain(windowAt(1));
  expect([backlog.droppedFrom, backlog.droppedUntil]).toEqual([windowAt(0), windowAt(2)]);
  backlog.readAgain(windowAt(2));
  expect([backlog.droppedFrom, backlog.droppedUntil]).toEqual([0, 0]);
});

test('what the reader gave up before anybody took it is known as well', () => {
  const reader = {
    take: () => [contribution(3, 'shop>db:5432 allow 2 5')],
    takeDropped: () => ({ from: windowAt(0), until: windowAt(3) }),
  } as unknown as LiveReader;
  const backlog = new Backlog(reader, createMetrics());
  backlog.fill();
  expect(backlog.size).toBe(1);
  expect([backlog.droppedFrom, backlog.droppedUntil]).toEqual([windowAt(0), windowAt(3)]);
});
