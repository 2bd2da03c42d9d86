import { Command } from 'commander';
import { env } from '../../contract';
import { since } from '../cli/arguments';
import type { Context } from '../cli/context';
import { parseDigestConfig } from './config';

interface Options {
  readonly since?: number;
  readonly dryRun?: true;
  readonly cluster?: string;
}

/** `trail digest`: one post of the edges that nobody has been told of yet. */
export function create(context: Context): Command {
  return new Command('digest')
    .description('Post the edges that were first seen since the last digest to Slack.')
    .option(
      '--since <when>',
      'tell all edges first seen since then, told before or not: 30m, 24h, 7d, 2026-11-20 (UTC)',
      (text) => since(text, Date.now() / 1000),
    )
    .option('--dry-run', `print instead of posting, as ${env.dryRun}=1 does; nothing is marked as told`)
    .option(
      '--cluster <name>',
      `cluster of the trail (default: ${env.clusterName}, or the only one there is)`,
    )
    .addHelpText(
      'after',
      `
Environment: ${env.databaseUrlFile} or ${env.databaseUrl}, ${env.clusterName}, ${env.slackWebhookUrl} (empty: prints instead of posting),
${env.slackChannel}, ${env.dryRun}.

Tells each edge once: the first digest looks back 24 hours, later ones tell whatever has not been told, up to
7 days old. Posts nothing where there is nothing new. An edge counts as told once Slack has accepted the post.`,
    )
    .action(async (options: Options) => {
      const config = parseDigestConfig(context.env);
      const { runDigest } = await import('./run');
      await runDigest({ ...options, ...config, dryRun: config.dryRun || options.dryRun === true }, context);
    });
}
