import { flowReport } from '../../../../demo/goldmane/flow';
import { brokenFrames, frame } from '../../../../demo/goldmane/frames';
import { eventually } from '../../../support/eventually';
import { MAX_MESSAGE_BYTES } from '../../../../trail/goldmane/frame-reader';
import { flowResult } from '../../../support/flow-bytes';
import { Scene } from '../../../support/scene';

jest.setTimeout(120_000);

let scene: Scene;
let aggregator: ReturnType<Scene['start']>;

beforeEach(async () => {
  scene = await Scene.open();
  scene.pass(5);
  aggregator = scene.start();
  await scene.exact();
});
afterEach(() => scene.close());

const message = Buffer.alloc(200, 7);
const broken: readonly (readonly [string, Buffer])[] = [
  ['a truncated frame', brokenFrames.truncated(message)],
  ['an oversized frame', brokenFrames.oversized()],
  ['a compressed frame', brokenFrames.compressed(message)],
];

test.each(broken)('%s ends that connection at most, and nothing is lost', async (_name, bytes) => {
  scene.goldmane.sendRaw(bytes);
  // What follows a frame that is cut off is taken for the rest of it.
  scene.pass(2);
  await eventually(
    async () => (await aggregator.metric('trail_goldmane_reconnects_total')) >= 1,
    'it hangs up by itself and comes again',
  );
  await scene.exact();
  scene.pass(2);
  await scene.exact();
  expect(aggregator.process.exitCode).toBeNull();
});

test('a flow that is too large is counted as dropped, and the rest of the stream is read on', async () => {
  scene.goldmane.sendRaw(frame(Buffer.alloc(MAX_MESSAGE_BYTES + 1)));
  scene.pass(2);
  await scene.exact();
  await eventually(
    async () => (await aggregator.metric('trail_results_dropped_total')) >= 1,
    'it is counted',
  );
  expect(await aggregator.metric('trail_goldmane_reconnects_total')).toBe(0);
});

test('a flow from the far future is counted as dropped, and takes no window and no day away', async () => {
  const year2100 = 4_102_444_800;
  const result = flowResult({ id: 1_000_000, window: year2100, reporter: 1, action: 1 });
  scene.goldmane.sendRaw(frame(result));
  scene.pass(2);
  await scene.exact();
  scene.pass(50);
  await scene.exact();
  expect(aggregator.logged('more than a day ahead')).toBe(true);
  expect(await aggregator.metric('trail_newest_window_timestamp_seconds')).toBeLessThan(year2100);
  await eventually(
    async () => (await scene.coverage(scene.window)).some(([, , state]) => state === 'settled'),
    'windows settle',
  );
  expect((await scene.coverage(scene.window)).filter(([, , state]) => state !== 'settled')).toEqual([]);
});

test('a message that is no flow is counted and left out; its neighbours are counted', async () => {
  scene.goldmane.sendRaw(frame(Buffer.from([0xff, 0xff, 0xff])));
  scene.goldmane.sendRaw(frame(Buffer.from([0x12, 0x02, 0x0a, 0x05])));
  scene.pass(2);
  await scene.exact();
  await eventually(
    async () => (await aggregator.metric('trail_results_dropped_total')) >= 2,
    'both are counted',
  );
  expect(await aggregator.metric('trail_goldmane_reconnects_total')).toBe(0);
});

test('names that Kubernetes and PostgreSQL refuse reach neither the totals nor the database', async () => {
  const report = (key: object): ReturnType<typeof flowReport> => flowReport(scene.window + 2, key);
  for (const bad of ['nul\0', 'spa ce', 'ümlaut', 'x'.repeat(300)])
    scene.goldmane.addFlow(report({ source_namespace: bad }));
  scene.clock.advance(15);
  scene.clock.advance(15);
  await eventually(
    async () => (await aggregator.metric('trail_results_dropped_total')) >= 4,
    'they are counted as dropped',
  );
  const sources = ((await scene.edges()) as { src_ns: string }[]).map(({ src_ns }) => src_ns);
  expect(sources.filter((name) => !/^team-\d$/.test(name))).toEqual([]);
});
