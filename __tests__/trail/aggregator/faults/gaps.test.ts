import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from '../../../../contract';
import { eventually } from '../../../support/eventually';
import { gapAttempts, loseFirstGap } from '../../../support/lose-first-gap';
import { Scene } from '../../../support/scene';
import { connectionThat } from '../../../support/slow-commits';
import { TcpProxy } from '../../../support/tcp-proxy';
import { withDatabase } from '../../../support/trail-database';

jest.setTimeout(150_000);

/** Windows that nodes keep while Goldmane is away. */
const RESENT = 20;

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
  scene.pass(30);
});
afterEach(() => scene.close());

test('a gap is recorded although the database is lost in the very moment of recording it', async () => {
  const aggregator = scene.start();
  await scene.exact();
  const known = scene.streamedUntil;
  const { adminUrl } = scene.database;
  await loseFirstGap(adminUrl);
  await scene.goldmane.stop();
  scene.pass(60);
  const resentFrom = scene.window - RESENT * 15;
  await scene.goldmane.start();
  scene.pass(3);
  await eventually(async () => (await gapAttempts(adminUrl)) >= 2, 'it is recorded again', 40);
  await scene.exact(scene.streamedUntil, { lost: { from: known, until: resentFrom } });
  const gaps = (await scene.coverage(0)).filter(([, , state]) => state === 'gap');
  expect(gaps).toEqual([[known / 15, resentFrom / 15, 'gap']]);
  expect(await aggregator.metric('trail_gap_seconds_total')).toBe(resentFrom - known);
  expect(await gapAttempts(adminUrl)).toBe(2);
});

test('what nodes send again only after the aggregator is back at a restarted Goldmane is counted, and is no gap', async () => {
  const aggregator = scene.start();
  await scene.exact();
  const known = scene.streamedUntil;
  await scene.goldmane.stop();
  scene.pass(60, { traffic: false });
  await scene.goldmane.start();
  await eventually(
    async () => (await aggregator.metric('trail_goldmane_reconnects_total')) >= 1,
    'it is there before the nodes are',
  );
  scene.pass(1);
  await eventually(() => scene.goldmane.openStreams === 1, 'it reads');
  const resentFrom = scene.window - 15 * 15;
  for (let windowsAgo = 15; windowsAgo > 1; windowsAgo--) scene.feed(windowsAgo);
  scene.pass(45);
  await scene.exact(scene.streamedUntil, { lost: { from: known, until: resentFrom } });
  const gaps = (await scene.coverage(0)).filter(([, , state]) => state === 'gap');
  expect(gaps).toEqual([[known / 15, resentFrom / 15, 'gap']]);
});

test('a database that was away for longer than Goldmane remembers leaves no gap, since the reader was there', async () => {
  const proxy = await TcpProxy.open(Number(new URL(scene.database.url).port));
  try {
    const aggregator = scene.start({}, proxy.through(scene.database.url));
    await scene.exact();
    proxy.redirect(1);
    proxy.cut();
    scene.pass(30);
    scene.goldmane.dropConnections();
    await eventually(
      async () => (await aggregator.metric('trail_goldmane_reconnects_total')) >= 1,
      'it reads on after a broken connection, too',
    );
    scene.pass(270);
    await eventually(
      async () => (await aggregator.metric('trail_newest_window_timestamp_seconds')) >= scene.streamedUntil,
      'the reader goes on',
    );
    proxy.redirect(Number(new URL(scene.database.url).port));
    await scene.exact();
    await eventually(
      async () => (await aggregator.metric('trail_settled_until_timestamp_seconds')) >= scene.window - 900,
      'windows settle again',
      60,
    );
    await scene.exact();
    const coverage = await scene.coverage(scene.window);
    // What could be streamed only is never called settled.
    expect(coverage.map(([, , state]) => state)).toEqual(['live', 'settled']);
    expect(await aggregator.metric('trail_gap_seconds_total')).toBe(0);
  } finally {
    await proxy.close();
  }
});

test('a connection that breaks while the writer takes up its work again makes it give up what it has read', async () => {
  const port = Number(new URL(scene.database.url).port);
  const proxy = await TcpProxy.open(port);
  try {
    const aggregator = scene.start({}, proxy.through(scene.database.url));
    await scene.exact();
    proxy.redirect(1);
    proxy.cut();
    scene.pass(300);
    await eventually(
      async () => (await aggregator.metric('trail_newest_window_timestamp_seconds')) >= scene.streamedUntil,
      'the reader goes on',
    );
    await withDatabase(scene.database.adminUrl, async (holder) => {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE window_ledger');
      proxy.redirect(port);
      await connectionThat(scene.database.adminUrl, "wait_event_type = 'Lock'");
      proxy.cut();
      await holder.query('COMMIT');
    });
    await scene.exact();
    expect(aggregator.logged('stopped writing')).toBe(false);
    expect(await aggregator.metric('trail_gap_seconds_total')).toBe(0);
  } finally {
    await proxy.close();
  }
});

test('a failover to a replica that lacks the last commits is noticed, and they are read again', async () => {
  const elsewhere = new URL(scene.database.adminUrl);
  elsewhere.pathname = '/postgres';
  const proxy = await TcpProxy.open(Number(elsewhere.port));
  const replica = `${scene.database.name}_replica`;
  const urlFile = join(scene.directory, 'database-url');
  const url = new URL(proxy.through(scene.database.url));
  writeFileSync(urlFile, url.href);
  try {
    const aggregator = scene.start({ [env.databaseUrlFile]: urlFile });
    await scene.exact();
    proxy.redirect(1);
    proxy.cut();
    await withDatabase(elsewhere.href, async (client) => {
      const copy = `CREATE DATABASE ${client.escapeIdentifier(replica)} TEMPLATE ${client.escapeIdentifier(scene.database.name)} OWNER ${client.escapeIdentifier(url.username)}`;
      await eventually(
        () =>
          client.query(copy).then(
            () => true,
            () => false,
          ),
        'the server has noticed that nobody is connected',
      );
    });
    proxy.redirect(Number(elsewhere.port));
    scene.pass(8);
    await scene.exact();
    url.pathname = `/${replica}`;
    writeFileSync(urlFile, url.href);
    Object.assign(scene, { database: { ...scene.database, url: elsewhereOn(replica, scene.database.url) } });
    proxy.cut();
    await eventually(() => aggregator.logged('the database has lost commits'), 'the loss is noticed');
    await scene.exact();
    scene.pass(2);
    await scene.exact();
  } finally {
    await Promise.all(scene.aggregators.map((each) => each.kill()));
    await withDatabase(elsewhere.href, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(replica)} WITH (FORCE)`);
    });
    await proxy.close();
  }
});

function elsewhereOn(name: string, url: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
