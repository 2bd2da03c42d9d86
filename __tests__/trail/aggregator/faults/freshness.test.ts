import { setTimeout as delay } from 'node:timers/promises';
import { flowReport } from '../../../../demo/goldmane/flow';
import { Scene } from '../../../support/scene';

jest.setTimeout(90_000);

const QUERYABLE_WITHIN_SECONDS = 30;

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open({ realTime: true });
});
afterEach(() => scene.close());

test('a new edge can be asked for within 30 s of the close of its window, half of which Goldmane keeps it back', async () => {
  scene.pass(10);
  scene.start();
  await scene.exact();
  const closes = scene.window + 15;
  scene.clock.advance(closes - scene.clock.now() - 1);
  scene.goldmane.addFlow(
    flowReport(scene.clock.now(), { source_namespace: 'newcomer', dest_namespace: 'db' }),
  );
  const known = async (): Promise<boolean> =>
    (await scene.edges()).some((edge) => (edge as { src_ns: string }).src_ns === 'newcomer');
  while (!(await known()) && scene.clock.now() < closes + 60) await delay(100);
  const seconds = scene.clock.now() - closes;
  expect(seconds).toBeLessThanOrEqual(QUERYABLE_WITHIN_SECONDS);
  // Earlier, and the simulator would not be what it simulates.
  expect(seconds).toBeGreaterThanOrEqual(15);
});
