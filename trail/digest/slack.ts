import { IncomingWebhook, IncomingWebhookHTTPError } from '@slack/webhook';
import { env } from '../../contract';
import { TrailError } from '../errors';
import type { DigestMessage } from './compose';

/** How a post is repeated; the defaults end well before the Job's deadline of five minutes. */
export interface RetryPolicy {
  /** Attempts in all. @default 5 */
  readonly attempts?: number;
  /** Before the second attempt, doubled for each further one, where Slack names no time. @default 1000 */
  readonly firstPauseMs?: number;
  /** Longest pause that Slack may ask for. @default 90000 */
  readonly longestPauseMs?: number;
  /** Longest that one attempt may take. @default 15000 */
  readonly timeoutMs?: number;
  /** Waits between attempts; ends early when the command is to stop. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Told of each failed attempt that is repeated, in words for a log. */
  readonly onRetry?: (problem: string, pauseMs: number) => void;
}

/**
 * Posts a message to an incoming webhook. Repeats what may pass: no answer, 429 (after the time in Retry-After)
 * and 5xx. Throws a TrailError that explains Slack's refusal; the URL is in no message, as it is a secret.
 */
export async function postToSlack(
  webhookUrl: URL,
  channel: string | undefined,
  message: Pick<DigestMessage, 'text' | 'blocks'>,
  policy: RetryPolicy,
): Promise<void> {
  const { attempts = 5, firstPauseMs = 1_000, longestPauseMs = 90_000, timeoutMs = 15_000 } = policy;
  for (let attempt = 1; ; attempt++) {
    const failure = await post(webhookUrl, channel, message, timeoutMs);
    if (failure === undefined) return;
    const pauseMs = failure.retryAfterMs ?? firstPauseMs * 2 ** (attempt - 1);
    if (!failure.passing || attempt >= attempts || pauseMs > longestPauseMs)
      throw explain(failure, channel, attempt);
    policy.onRetry?.(problemOf(failure), pauseMs);
    await policy.wait(pauseMs);
  }
}

interface Failure {
  /** HTTP status; undefined = no answer. */
  readonly status: number | undefined;
  /** Slack's reason, such as `channel_not_found`, or why there was no answer. */
  readonly reason: string;
  /** Whether another attempt may go better. */
  readonly passing: boolean;
  readonly retryAfterMs: number | undefined;
}

async function post(
  webhookUrl: URL,
  channel: string | undefined,
  { text, blocks }: Pick<DigestMessage, 'text' | 'blocks'>,
  timeout: number,
): Promise<Failure | undefined> {
  let retryAfter: string | null = null;
  let noAnswer: unknown;
  const webhook = new IncomingWebhook(webhookUrl.href, {
    timeout,
    retryConfig: { retries: 0 },
    fetch: async (...request) => {
      try {
        const response = await fetch(...request);
        retryAfter = response.headers.get('retry-after');
        return response;
      } catch (error) {
        noAnswer = error;
        throw error;
      }
    },
  });
  try {
    await webhook.send({ text, blocks: [...blocks] as never, ...(channel !== undefined && { channel }) });
    return undefined;
  } catch (error) {
    if (error instanceof IncomingWebhookHTTPError) {
      const { statusCode: status, body } = error;
      return {
        status,
        reason: safeReason(body),
        passing: status === 429 || status >= 500,
        retryAfterMs: parseRetryAfter(retryAfter),
      };
    }
    return { status: undefined, reason: reasonOfNoAnswer(noAnswer), passing: true, retryAfterMs: undefined };
  }
}

/** Slack answers with one word; anything else could echo the request and is not repeated. */
function safeReason(body: string): string {
  const word = body.trim();
  return /^[a-z_]{1,60}$/.test(word) ? word : 'no reason that Slack is known for';
}

function reasonOfNoAnswer(error: unknown): string {
  for (
    let each = error as Partial<NodeJS.ErrnoException> | undefined;
    each;
    each = each.cause as typeof each
  ) {
    if (each.name === 'TimeoutError') return 'no answer in time';
    if (/^(E[A-Z]+|UND_ERR_[A-Z_]+|[A-Z_]*CERT[A-Z_]*)$/.test(each.code ?? '')) return each.code ?? '';
  }
  return 'no answer';
}

/** Seconds, or a date; see RFC 9110, 10.2.3. */
function parseRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function problemOf({ status, reason }: Failure): string {
  return status === undefined ? `no answer from Slack: ${reason}` : `Slack answered ${status}: ${reason}`;
}

function explain(failure: Failure, channel: string | undefined, attempts: number): TrailError {
  const { reason, status, passing, retryAfterMs } = failure;
  const name = channel ?? "the webhook's channel";
  const remedies: Readonly<Record<string, string>> = {
    channel_not_found: `invite the webhook's Slack app to ${name}, or set ${env.slackChannel} to a channel that it is in`,
    channel_is_archived: `unarchive ${name}, or set ${env.slackChannel} to another channel`,
    invalid_payload: 'report this message as a bug of trail; --dry-run prints it',
    invalid_blocks: 'report this message as a bug of trail; --dry-run prints it',
    no_service: `make a new incoming webhook and put it where ${env.slackWebhookUrl} comes from`,
    no_service_id: `make a new incoming webhook and put it where ${env.slackWebhookUrl} comes from`,
    invalid_token: `make a new incoming webhook and put it where ${env.slackWebhookUrl} comes from`,
    action_prohibited: `ask the workspace's administrator to let the webhook's app post to ${name}`,
    posting_to_general_channel_denied: `ask the workspace's administrator, or set ${env.slackChannel} to another channel`,
  };
  const wait = retryAfterMs === undefined ? '' : `, asking to wait ${Math.ceil(retryAfterMs / 1_000)} s`;
  const tries = passing && attempts > 1 ? ` (${attempts} attempts)` : '';
  const remedy =
    remedies[reason] ??
    (passing
      ? 'run the digest again later; what was not posted is told then'
      : `check the webhook in ${env.slackWebhookUrl} and the channel ${name}`);
  return new TrailError(
    status === undefined ? 'slack-unreachable' : 'slack-refused',
    `${problemOf(failure)}${status === 429 ? wait : ''}${tries}; nothing was posted to ${name}`,
    remedy,
  );
}
