import { postToSlack, type RetryPolicy } from '../../../trail/digest/slack';
import { startSlackServer, type SlackServer } from '../../support/slack-server';

let slack: SlackServer;
let waited: number[];
const message = { text: 'hello', blocks: [] };

beforeEach(async () => {
  slack = await startSlackServer();
  waited = [];
});

afterEach(() => slack.close());

const policy = (more: Partial<RetryPolicy> = {}): RetryPolicy => ({
  wait: (milliseconds) => {
    waited.push(milliseconds);
    return Promise.resolve();
  },
  ...more,
});

const send = (more?: Partial<RetryPolicy>, channel: string | undefined = '#security'): Promise<void> =>
  postToSlack(new URL(slack.url), channel, message, policy(more));

test('a refusal names the channel, the reason and what to do, and is not repeated', async () => {
  slack.answer({ status: 404, body: 'channel_not_found' });
  await expect(send()).rejects.toThrow(
    "[slack-refused] Slack answered 404: channel_not_found; nothing was posted to #security; invite the webhook's Slack app to #security, or set SLACK_CHANNEL to a channel that it is in",
  );
  expect(slack.posts).toHaveLength(1);
  expect(slack.posts[0]?.channel).toBe('#security');
});

test('without a channel the webhook posts to its own', async () => {
  await postToSlack(new URL(slack.url), undefined, message, policy());
  expect(slack.posts[0]).not.toHaveProperty('channel');
});

test('a busy Slack gets the time it asks for, then the post goes through', async () => {
  slack.answer({ status: 429, headers: { 'retry-after': '7' } }, { status: 503 }, { status: 500 });
  const told: string[] = [];
  await send({ onRetry: (problem) => told.push(problem) });
  expect(slack.posts).toHaveLength(4);
  expect(waited).toEqual([7_000, 2_000, 4_000]);
  expect(told[0]).toMatch(/^Slack answered 429/);
});

test('a Slack that asks for longer than a digest may take is not waited for', async () => {
  slack.answer({ status: 429, headers: { 'retry-after': '3600' } });
  await expect(send()).rejects.toThrow(/asking to wait 3600 s; nothing was posted/);
  expect(waited).toEqual([]);
});

test('a Slack that stays down is given up after some attempts', async () => {
  slack.answer(...Array.from({ length: 9 }, () => ({ status: 502, body: '<html>bad gateway</html>' })));
  await expect(send({ attempts: 3 })).rejects.toThrow(/Slack answered 502: .*\(3 attempts\)/);
  expect(slack.posts).toHaveLength(3);
});

test('neither a refused connection, a timeout nor an echoing server puts the webhook into a message', async () => {
  const { url, secret } = slack;
  slack.answer({ status: 400, body: `no such path /services/${secret}` });
  const echoed = await send().catch(String);
  slack.answer(() => new Promise(() => undefined));
  const late = await send({ attempts: 1, timeoutMs: 50 }).catch(String);
  await slack.close();
  const refused = await postToSlack(new URL(url), undefined, message, policy({ attempts: 2 })).catch(String);
  expect(late).toContain('no answer in time');
  expect(refused).toContain('ECONNREFUSED');
  for (const said of [echoed, late, refused]) {
    expect(said).toMatch(/\[slack-/);
    expect(said).not.toContain('SECRET');
    expect(said).not.toContain('127.0.0.1');
  }
});
