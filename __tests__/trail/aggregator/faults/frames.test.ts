import { flowReport } from '../../../../demo/goldmane/flow';
import { brokenFrames, frame } from '../../../../demo/goldmane/frames';
import { eventually } from '../../../support/eventually';
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
  scene.goldmane.dropConnections();
  scene.pass(2);
  await scene.exact();
  expect(aggregator.process.exitCode).toBeNull();
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
