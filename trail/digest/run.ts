import type { Client } from 'pg';
import { env } from '../../contract';
import { pause } from '../aggregator/pause';
import type { Context } from '../cli/context';
import { TrailError } from '../errors';
import { assessCoverage, coverageNotes } from '../report/coverage';
import type { Edge } from '../report/edge';
import { utc } from '../report/time';
import { ask } from '../store/ask';
import { chooseCluster } from '../store/choose-cluster';
import { databaseSource, openDatabase } from '../store/database';
import { requireSchemaVersion } from '../store/migrate';
import { coverageQuery } from '../store/queries/coverage';
import { digestSucceeded, lastDigestQuery } from '../store/queries/digest-state';
import { edgesToTellQuery } from '../store/queries/untold';
import { writersQuery } from '../store/queries/writers';
import { composeDigest } from './compose';
import type { DigestConfig } from './config';
import { markEdgesTold, skipEdgesBefore } from './mark-edges';
import { postToSlack } from './slack';

export interface DigestRequest extends DigestConfig {
  /** Unix seconds: tell everything since then, told or not. @default what has not been told */
  readonly since?: number;
  /** @default CLUSTER_NAME, or the only cluster */
  readonly cluster?: string;
}

const DAY_SECONDS = 86_400;
/** How far the first digest of a cluster looks back. */
const FIRST_SECONDS = DAY_SECONDS;
/** How far a digest looks back at most, after some that failed or did not run. */
const CATCH_UP_SECONDS = 7 * DAY_SECONDS;
/** Most edges that one digest tells; what is beyond is told by the next. Bounds memory. */
const MAX_EDGES = 100_000;

/** One digest: select, compose, post, mark; in that order, so that nothing counts as told before it is. */
export async function runDigest(request: DigestRequest, context: Context): Promise<void> {
  const client = await openDatabase(databaseSource(context.env));
  try {
    await requireSchemaVersion(client);
    const writers = await ask(client, writersQuery());
    const cluster = chooseCluster(request.cluster ?? context.env[env.clusterName], writers);
    await lock(client, cluster);
    const progress = writers.find((writer) => writer.cluster === cluster);
    await tell(request, client, cluster, progress, context);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function tell(
  request: DigestRequest,
  client: Client,
  cluster: string,
  progress: Parameters<typeof assessCoverage>[1],
  context: Context,
): Promise<void> {
  const now = Date.now() / 1000;
  const [last] = await ask(client, lastDigestQuery(cluster));
  const horizon = request.since ?? now - (last === undefined ? FIRST_SECONDS : CATCH_UP_SECONDS);
  const edges = await ask(
    client,
    edgesToTellQuery({ cluster, since: horizon, untoldOnly: request.since === undefined, limit: MAX_EDGES }),
  );
  // A late report may have made an edge older than the last digest.
  const since = oldest(edges, Math.max(horizon, request.since ?? last ?? horizon));
  const ranges = await ask(client, coverageQuery(cluster, since, now));
  const notes = coverageNotes(assessCoverage(ranges, progress, since, now));
  if (edges.length === MAX_EDGES)
    notes.push(`only the first ${MAX_EDGES} edges are counted; the next digest tells more`);

  const posts = edges.length > 0 && !request.dryRun && request.webhookUrl !== undefined;
  const say = (line: string): void => void context.stdout.write(`${line}\n`);
  if (edges.length === 0) {
    say(`no new edges on ${cluster} since ${utc(since)} UTC; nothing to post`);
    for (const note of notes) say(`! ${note}`);
  } else {
    const message = composeDigest({ cluster, edges, since, now, notes });
    if (posts) {
      await postToSlack(request.webhookUrl, request.channel, message, {
        wait: async (milliseconds) => {
          await pause(milliseconds, context.signal);
          if (context.signal.aborted)
            throw new TrailError('stopped', 'stopped before Slack accepted the post', 'run the digest again');
        },
        onRetry: (problem, pauseMs) =>
          void context.stderr.write(`trail: ${problem}; trying again in ${Math.ceil(pauseMs / 1_000)} s\n`),
      });
      say(`posted ${message.text} to ${request.channel ?? "the webhook's channel"}`);
    } else {
      context.stdout.write(message.plain);
    }
  }
  if (request.dryRun || request.webhookUrl === undefined) {
    const why = request.dryRun ? 'dry run' : `DRY RUN: ${env.slackWebhookUrl} is empty`;
    context.stderr.write(`trail: ${why}; nothing was posted and nothing counts as told\n`);
    return;
  }
  await markEdgesTold(client, cluster, edges);
  if (request.since !== undefined) return;
  const skipped = await skipEdgesBefore(client, cluster, horizon);
  if (skipped > 0) say(`${skipped} edges first seen before ${utc(horizon)} UTC are not told any more`);
  await ask(client, digestSucceeded(cluster, now));
}

function oldest(edges: readonly Edge[], start: number): number {
  return edges.reduce((first, { firstSeen }) => Math.min(first, firstSeen), start);
}

/** One digest of a cluster at a time; the lock goes with the connection. */
async function lock(client: Client, cluster: string): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
    [`trail digest ${cluster}`],
  );
  if (rows[0]?.locked !== true)
    throw new TrailError(
      'digest-running',
      `another digest of cluster '${cluster}' is running`,
      'wait until it is done',
    );
}
