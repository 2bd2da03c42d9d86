import { plain } from '../../../review/format/text';
import { clock, livePicture } from '../../../trail/roll/live-view';
import type { NodeState } from '../../../trail/roll/nodes';
import { Screen } from '../../../trail/roll/screen';
import type { RollStatus } from '../../../trail/roll/tracker';

const rolling = (nodes: readonly NodeState[], more: Partial<RollStatus> = {}): RollStatus => ({
  phase: 'rolling',
  nodes,
  elapsedSeconds: 131,
  nodeSeconds: [37, 41, 39],
  leftSeconds: 156,
  unreadySeconds: new Map([['node-04', 14]]),
  awaySeconds: undefined,
  ...more,
});
const nodes = (count: number): readonly NodeState[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `node-${String(index + 1).padStart(2, '0')}`,
    stage: index < 3 ? 'done' : index === 3 ? 'current' : 'left',
    unready: index === 3 ? 'calico-node is not ready' : undefined,
  }));

test('the picture tells what is done, current and left, and how long it will take', () => {
  expect(livePicture(rolling(nodes(5)), plain)).toEqual([
    'calico-node rolls  ██████████████░░░░░░░░░░  3/5 nodes  2m11s, about 2m36s left (39s a node)',
    '  ✔ node-01',
    '  ✔ node-02',
    '  ✔ node-03',
    '  ▶ node-04  calico-node is not ready for 14s',
    '  · node-05',
  ]);
});

test('of many nodes the one under way is always shown', () => {
  const picture = livePicture(rolling(nodes(200)), plain);
  expect(picture.length).toBeLessThan(20);
  expect(picture.join('\n')).toContain('▶ node-04');
  expect(picture.at(-1)).toBe('  … and 188 more nodes');
});

test('an API server that does not answer is said in the picture', () => {
  expect(livePicture(rolling(nodes(4), { awaySeconds: 75 }), plain).at(-1)).toContain(
    'not answered for 1m15s',
  );
});

test('times read like times', () => {
  expect([0, 59.4, 60, 185, 3725].map(clock)).toEqual(['0s', '59s', '1m00s', '3m05s', '1h02m']);
});

test('the screen goes back over just the lines it drew, and cuts what would wrap', () => {
  let written = '';
  const screen = new Screen({ write: (text) => (written += text), columns: 10 });
  screen.draw(['one', 'a line that is too long']);
  expect(written).toContain('a line th\u001b[K\n');
  written = '';
  screen.draw(['two', 'b']);
  expect(written.startsWith('\u001b[2F')).toBe(true);
  written = '';
  screen.draw(['two', 'b']);
  expect(written).toBe('');
  screen.print('kept');
  expect(written).toBe('\u001b[2F\u001b[Jkept\ntwo\u001b[K\nb\u001b[K\n\u001b[J');
});
