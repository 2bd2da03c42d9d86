import { env } from '../../contract';
import { TrailError } from '../errors';

/** Where the digest goes and whether it really does. */
export interface DigestConfig {
  /** Slack's webhook; a secret. Undefined = not configured, print instead. */
  readonly webhookUrl: URL | undefined;
  /** Channel that the post names; undefined = the webhook's own. */
  readonly channel: string | undefined;
  readonly dryRun: boolean;
}

/** Reads SLACK_WEBHOOK_URL, SLACK_CHANNEL and DRY_RUN. Throws one TrailError that names every wrong one. */
export function parseDigestConfig(environment: Readonly<Record<string, string | undefined>>): DigestConfig {
  const webhook = (environment[env.slackWebhookUrl] ?? '').trim();
  const channel = environment[env.slackChannel] ?? '';
  const dryRun = environment[env.dryRun] ?? '';
  const url = URL.canParse(webhook) ? new URL(webhook) : undefined;
  const problems = [
    {
      // The value is a secret and stays out of the message.
      failed: webhook !== '' && url?.protocol !== 'https:' && !isLocalHttp(url),
      message: `${env.slackWebhookUrl} is not an https URL`,
    },
    {
      failed: !/^([#@]?[\w.-]{1,80})?$/.test(channel),
      message: `${env.slackChannel}='${channel}' is not allowed (allowed: a channel such as #alerts, or nothing)`,
    },
    {
      failed: !['', '0', '1', 'false', 'true'].includes(dryRun),
      message: `${env.dryRun}='${dryRun}' is not allowed (allowed: 1, true, 0, false)`,
    },
  ].filter(({ failed }) => failed);
  if (problems.length > 0) {
    throw new TrailError(
      'environment',
      problems.map(({ message }) => message).join('; '),
      'correct the environment (docs/configuration.md lists every variable)',
    );
  }
  return {
    webhookUrl: url,
    channel: channel === '' ? undefined : channel,
    dryRun: dryRun === '1' || dryRun === 'true',
  };
}

/** Plain HTTP would show the webhook to the network; within this machine there is none. */
function isLocalHttp(url: URL | undefined): boolean {
  return url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}
