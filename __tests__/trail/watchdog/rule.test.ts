import { countConnectionErrors, decide } from '../../../trail/watchdog/rule';

const thresholds = { errorThreshold: 10, windowMinutes: 11 };
const pod = (connectionErrors: number, name = 'whisker-1') => ({ name, connectionErrors });

test.each([
  ['failed to stream flows'],
  ['failed to list filter hints'],
  ['rpc error: code = Unavailable desc = dns'],
  ['lookup goldmane: i/o timeout'],
])('a line with "%s" counts as a connection error', (text) => {
  expect(countConnectionErrors(`ok\nlevel=error ${text}\nok\n`)).toBe(1);
});

test('a line that holds several of the texts counts once, and other lines do not count', () => {
  const line = 'failed to stream flows: code = Unavailable: i/o timeout';
  expect(countConnectionErrors(`${line}\nGET /flows 200\n${line}\n\n`)).toBe(2);
  expect(countConnectionErrors('')).toBe(0);
  expect(countConnectionErrors('code = Unimplemented\nI/O Timeout\n')).toBe(0);
});

test('a backend at the threshold is restarted, one below it is left alone', () => {
  const { restart } = decide({ goldmaneReady: true, whiskerPods: [pod(10)] }, thresholds);
  expect(restart).toEqual(['whisker-1']);
  const below = decide({ goldmaneReady: true, whiskerPods: [pod(9)] }, thresholds);
  expect(below).toEqual({
    restart: [],
    reason: 'whisker-1 logged 9 connection errors in 11 min, 10 mean it hangs',
  });
});

test('while Goldmane is down Whisker is never restarted, however many errors there are', () => {
  expect(decide({ goldmaneReady: false, whiskerPods: [pod(10_000)] }, thresholds).restart).toEqual([]);
});

test('of several pods only the one that hangs is restarted', () => {
  const { restart, reason } = decide(
    { goldmaneReady: true, whiskerPods: [pod(1, 'a'), pod(40, 'b')] },
    thresholds,
  );
  expect(restart).toEqual(['b']);
  expect(reason).toBe(
    'a logged 1 connection error, b logged 40 connection errors in 11 min while goldmane is ready',
  );
});

test('no running pod is nothing to restart', () => {
  expect(decide({ goldmaneReady: true, whiskerPods: [] }, thresholds).restart).toEqual([]);
});
