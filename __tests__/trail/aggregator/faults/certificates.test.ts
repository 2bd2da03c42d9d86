import { writeFileSync } from 'node:fs';
import { Authority } from '../../../../demo/certificates/authority';
import { issueServerPair } from '../../../../demo/certificates/goldmane-pki';
import { eventually } from '../../../support/eventually';
import { Scene } from '../../../support/scene';

jest.setTimeout(120_000);

let scene: Scene;
let aggregator: ReturnType<Scene['start']>;

beforeEach(async () => {
  scene = await Scene.open();
  scene.pass(10);
  aggregator = scene.start();
  await scene.exact();
});
afterEach(() => scene.close());

test('when the operator rotates both pairs under a running aggregator, no restart is needed and no window is lost', async () => {
  const { authority } = scene.pki;
  const [server, client] = await Promise.all([
    issueServerPair(authority),
    authority.issue({ name: 'whisker-backend-2' }),
  ]);
  scene.goldmane.useTls({ server });
  // Written one after the other, as a mounted Secret never is: the pair in between does not belong together.
  writeFileSync(scene.files.certPath, client.certificate);
  scene.pass(1);
  writeFileSync(scene.files.keyPath, client.key);
  await eventually(() => aggregator.logged('certificates changed'), 'the new pair is taken up');
  scene.pass(3);
  await scene.exact();
  expect(aggregator.process.exitCode).toBeNull();
  expect(aggregator.log.filter(({ msg }) => msg.includes('certificates changed'))).toHaveLength(1);
});

test('a new CA on both sides is taken up the same way', async () => {
  const authority = await Authority.create({ name: 'tigera-operator-signer-2' });
  const [server, client] = await Promise.all([
    issueServerPair(authority),
    authority.issue({ name: 'whisker-backend' }),
  ]);
  scene.goldmane.useTls({ server, ca: authority.bundle });
  scene.goldmane.dropConnections();
  await eventually(
    () => aggregator.log.some(({ problem }) => String(problem).includes('[goldmane-untrusted]')),
    'the cause is told',
  );
  scene.pass(2);
  writeFileSync(scene.files.caPath, authority.bundle);
  writeFileSync(scene.files.certPath, client.certificate);
  writeFileSync(scene.files.keyPath, client.key);
  scene.pass(2);
  await scene.exact();
});

test.each([
  ['half-written', () => 'BEGIN CERT'],
  ['emptied', () => ''],
  ["another pair's", (other: string) => other],
])('while the certificate is %s the connection goes on with the pair in use', async (_name, content) => {
  const other = await scene.pki.authority.issue({ name: 'other' });
  writeFileSync(scene.files.certPath, content(other.certificate));
  scene.goldmane.dropConnections();
  scene.pass(2);
  await scene.exact();
  expect(aggregator.logged('certificates are not usable; keeping the ones in use')).toBe(true);
});

test('while a CA bundle is half-written the connection goes on with the one in use', async () => {
  const next = await Authority.create({ name: 'tigera-operator-signer-2' });
  writeFileSync(scene.files.caPath, scene.pki.ca + next.bundle.slice(0, 100));
  scene.goldmane.dropConnections();
  scene.pass(2);
  await scene.exact();
  expect(aggregator.logged('certificates are not usable; keeping the ones in use')).toBe(true);
  expect(aggregator.logged('certificates changed')).toBe(false);
});

test('a server certificate that has expired is named, and the stream goes on once it is renewed', async () => {
  scene.goldmane.useTls({
    server: await issueServerPair(scene.pki.authority, new Date(Date.now() - 60_000)),
  });
  scene.goldmane.dropConnections();
  await eventually(
    () => aggregator.log.some(({ problem }) => String(problem).includes('[goldmane-certificate-expired]')),
    'the cause is told',
  );
  scene.goldmane.useTls({ server: scene.pki.server });
  scene.pass(2);
  await scene.exact();
});

test('a CA that has expired is named, and the stream goes on once another is in its place', async () => {
  const expired = await Authority.create({ name: 'expired-signer', notAfter: new Date(Date.now() - 60_000) });
  scene.goldmane.useTls({ server: await issueServerPair(expired) });
  writeFileSync(scene.files.caPath, expired.bundle);
  scene.goldmane.dropConnections();
  await eventually(
    () => aggregator.log.some(({ problem }) => String(problem).includes('[goldmane-certificate-expired]')),
    'the cause is told',
  );
  scene.pass(2);
  scene.goldmane.useTls({ server: scene.pki.server });
  writeFileSync(scene.files.caPath, scene.pki.ca);
  scene.pass(2);
  await scene.exact();
  expect(aggregator.process.exitCode).toBeNull();
});
