import type { Client } from 'pg';
import { openDatabase } from '../../../trail/store/database';
import { Ledger } from '../../../trail/store/ledger';
import { acquireLease } from '../../../trail/store/writer-lease';
import { windowStart } from '../../../trail/flow/window';
import { contribution, windowAt } from '../../support/contributions';
import { eventually } from '../../support/eventually';
import type { TestDatabase } from '../../support/postgres';
import { runTrail, type Outcome } from '../../support/run-trail';
import { edge, seedEdges } from '../../support/seed-edges';
import { startSlackServer, type SlackServer } from '../../support/slack-server';
import { trailDatabase } from '../../support/trail-database';

const hour = 3_600;
const day = 24 * hour;
let now: number;
let database: TestDatabase;
let client: Client;
let slack: SlackServer;

beforeEach(async () => {
  now = Math.floor(Date.now() / 1000);
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
  slack = await startSlackServer();
});

afterEach(async () => {
  await slack.close();
  await client.end();
  await database.drop();
});

const digest = (env: Record<string, string> = {}, ...argv: string[]): Promise<Outcome> =>
  runTrail(['digest', ...argv], {
    DATABASE_URL: database.url,
    SLACK_WEBHOOK_URL: slack.url,
    SLACK_CHANNEL: '#alerts',
    ...env,
  });

/** Edges that the last post told, as Slack shows them. */
function told(): string {
  return JSON.stringify(slack.posts.at(-1)?.blocks ?? []);
}

test('the first digest tells the last 24 hours, the next one nothing, and stays quiet', async () => {
  await seedEdges(client, [edge('web>db', now - 30 * hour), edge('web>mail deny', now - hour)]);
  const { exitCode, stdout, stderr } = await digest();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('posted 1 new edge, 1 denied on default to #alerts');
  expect(slack.posts).toHaveLength(1);
  expect(slack.posts[0]).toMatchObject({ channel: '#alerts', text: '1 new edge, 1 denied on default' });
  expect(told()).toContain('`mail`');
  expect(told()).not.toContain('`db`');

  const second = await digest();
  expect(second.stdout).toContain('no new edges on default');
  expect(slack.posts).toHaveLength(1);
});

test('an edge that is recorded late, seen before the last digest, is still told', async () => {
  await digest();
  await seedEdges(client, [edge('web>db', now - 40 * 60)]);
  await digest();
  expect(told()).toContain('`db`');
  await digest();
  expect(slack.posts).toHaveLength(1);
});

test('missed days are caught up to seven days, and what is older is not told later', async () => {
  await digest();
  await seedEdges(client, [edge('a>six', now - 6 * day), edge('a>eight', now - 8 * day)]);
  const { stdout } = await digest();
  expect(told()).toContain('`six`');
  expect(told()).not.toContain('`eight`');
  expect(stdout).toMatch(/1 edges first seen before .* are not told any more/);
  expect((await client.query('SELECT 1 FROM edge WHERE NOT told')).rowCount).toBe(0);
});

test('what Slack refuses is told by the next digest', async () => {
  await seedEdges(client, [edge('web>db', now - hour)]);
  slack.answer({ status: 404, body: 'channel_not_found' });
  const refused = await digest();
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('channel_not_found');
  expect(refused.stderr + refused.stdout).not.toContain('SECRET');
  await digest();
  expect(slack.posts).toHaveLength(2);
  expect(told()).toContain('`db`');
});

test('a dry run prints, posts nothing, and the edge is still told afterwards', async () => {
  await seedEdges(client, [edge('web>db', now - hour)]);
  for (const [env, reason] of [
    [{ DRY_RUN: '1' }, 'dry run; nothing was posted'],
    [{ SLACK_WEBHOOK_URL: '' }, 'DRY RUN: SLACK_WEBHOOK_URL is empty; nothing was posted'],
  ] as const) {
    const { exitCode, stdout, stderr } = await digest(env);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('web →\n  db');
    expect(stderr).toContain(reason);
  }
  await digest();
  expect(slack.posts).toHaveLength(1);
});

test('--since tells again what was told, and does not stand in for the daily digest', async () => {
  await seedEdges(client, [edge('web>db', now - 2 * hour)]);
  await digest();
  await seedEdges(client, [edge('web>mail', now - 5 * hour)]);
  await digest({}, '--since', '3h');
  expect(told()).toContain('`db`');
  expect(told()).not.toContain('`mail`');
  await digest();
  expect(told()).toContain('`mail`');
  expect(slack.posts).toHaveLength(3);
});

test('a gap in what was recorded is said', async () => {
  await seedEdges(client, [edge('web>db', now - hour)]);
  await client.query(
    `INSERT INTO coverage (cluster, range_start, range_end, state) VALUES
       ('default', now() - interval '30 hours', now() - interval '10 hours', 'settled'),
       ('default', now() - interval '10 hours', now() - interval '8 hours', 'gap'),
       ('default', now() - interval '8 hours', now(), 'settled')`,
  );
  await digest();
  expect(told()).toMatch(/⚠️ no record from .* \(2h\): what was seen then only is unknown/);
});

test('an aggregator in the middle of a write neither waits for the digest nor loses its edge', async () => {
  const start = windowStart(now - hour);
  const lease = await acquireLease(client, 'default', 'test');
  const ledger = await Ledger.load(client, lease!);
  await ledger.write({
    begin: start,
    live: [contribution((start - windowAt(0)) / 15, 'web>db:5432 allow 1 1')],
    liveUntil: start + 15,
  });
  await client.query('BEGIN');
  await client.query("UPDATE edge SET flow_count = flow_count + 1 WHERE src_ns = 'web'");
  const running = digest();
  await eventually(() => slack.posts.length === 1, 'the digest posts while a row is locked');
  await client.query('COMMIT');
  expect((await running).exitCode).toBe(0);
  const { rows } = await client.query('SELECT flow_count, told FROM edge');
  expect(rows).toEqual([{ flow_count: '2', told: true }]);
});

test('of two digests at once, one posts and the other says why it does not', async () => {
  await seedEdges(client, [edge('web>db', now - hour)]);
  let release = (): void => undefined;
  slack.answer(
    () =>
      new Promise((resolve) => {
        release = () => resolve({});
      }),
  );
  const first = digest();
  await eventually(() => slack.posts.length === 1, 'the first digest posts');
  const second = await digest();
  expect(second.exitCode).toBe(1);
  expect(second.stderr).toContain('[digest-running]');
  release();
  expect((await first).exitCode).toBe(0);
  expect(slack.posts).toHaveLength(1);
});

test('a webhook that would travel in plain text is refused without being shown', async () => {
  const { exitCode, stderr } = await digest({
    SLACK_WEBHOOK_URL: 'http://hooks.example.com/services/SECRET',
    DRY_RUN: 'maybe',
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('SLACK_WEBHOOK_URL is not an https URL');
  expect(stderr).toContain("DRY_RUN='maybe'");
  expect(stderr).not.toContain('SECRET');
});
