import { eventually } from '../../support/eventually';
import { startInProcess, type InProcess } from '../../support/in-process';
import { Scene } from '../../support/scene';
import { TcpProxy } from '../../support/tcp-proxy';
import { withDatabase } from '../../support/trail-database';

jest.setTimeout(120_000);

/** Less than anything here takes, so that whoever gives up too early does. */
const PATIENCE = { patienceSeconds: 1 };

let scene: Scene;
let proxy: TcpProxy;
let standby: InProcess;

beforeEach(async () => {
  scene = await Scene.open();
  proxy = await TcpProxy.open(databasePort());
  scene.pass(10);
});
afterEach(async () => {
  await standby.stop();
  await proxy.close();
  await scene.close();
});

const databasePort = (): number => Number(new URL(scene.database.url).port);

/** A writer, and another that has stood by for longer than a start may take. */
async function writerAndStandby(): Promise<ReturnType<Scene['start']>> {
  const writer = scene.start();
  await scene.exact();
  standby = startInProcess(scene, PATIENCE, proxy.through(scene.database.url));
  await eventually(() => said('standing by'), 'it stands by');
  const since = performance.now();
  await eventually(() => performance.now() - since > 1_500, 'a start would have been given up by now');
  return writer;
}

const said = (text: string): boolean => standby.log.some(({ msg }) => msg.includes(text));

test('a standby outlives a database that is away for a while, and takes over afterwards', async () => {
  const writer = await writerAndStandby();
  proxy.redirect(1);
  proxy.cut();
  await eventually(() => said('trying again'), 'it has noticed');
  await writer.kill();
  proxy.redirect(databasePort());
  scene.pass(2);
  await scene.exact();
});

test('a standby that takes over while Goldmane is away waits for it', async () => {
  const writer = await writerAndStandby();
  await scene.goldmane.stop();
  await writer.kill();
  await eventually(() => said('writing'), 'it takes over');
  await eventually(() => said('trying again'), 'it has missed Goldmane', 30);
  scene.pass(3);
  await scene.goldmane.start();
  scene.pass(3);
  await eventually(() => scene.goldmane.openStreams === 1, 'it reads', 40);
});

test('a writer that was followed while its database was away reads no more: two would cost Goldmane double', async () => {
  standby = startInProcess(scene, PATIENCE, proxy.through(scene.database.url));
  await scene.exact();
  proxy.redirect(1);
  proxy.cut();
  const follower = scene.start();
  await eventually(async () => (await follower.metric('trail_writer')) === 1, 'another takes over', 25);
  await eventually(() => scene.goldmane.openStreams === 2, 'both read');
  proxy.redirect(databasePort());
  await eventually(() => said('stopped writing'), 'the first notices', 30);
  await eventually(() => scene.goldmane.openStreams === 1, 'it reads no more');
  scene.pass(3);
  await scene.exact();
  await withDatabase(scene.database.url, async (client) => {
    expect((await client.query('SELECT epoch FROM writer')).rows).toEqual([{ epoch: '2' }]);
  });
});
