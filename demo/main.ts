import { spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { env } from '../contract';
import { bundle } from '../scripts/build/bundle';
import { TrailError } from '../trail/errors';
import { startSimulator } from './goldmane/process';
import { startPostgres } from './postgres/start';
import { createProgress } from './progress';
import { caughtUp, DEMO_CLUSTER, startAggregator } from './steps/aggregator';
import { follow } from './steps/follow';
import { account, compare } from './steps/oracle';
import { describeStack, synthesize } from './steps/synthesize';

const root = resolve(__dirname, '..');
/** Where a second terminal finds the database while `--follow` is up. */
const urlFile = join(root, '.trail/database-url');
const WINDOW_SECONDS = 15;
const HISTORY_SECONDS = 3600;
/** What Goldmane forgets while the aggregator starts, on a slow machine. */
const FORGETTING_SECONDS = 90;

/** `npm start`: the whole main job on this machine, without a cluster. Cleans up whatever happens. */
async function main(options: { readonly follow?: boolean }): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop.abort();
    });
  }
  const interrupted = new Promise<never>((_resolve, reject) => {
    stop.signal.addEventListener('abort', () => {
      reject(new Interrupted());
    });
  });
  interrupted.catch(() => undefined);
  const undo: (() => Promise<unknown>)[] = [];
  const progress = { following: false };
  try {
    await Promise.race([show(options, undo, progress, stop.signal), interrupted]);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    // Following ends in no other way; everything else was cut short.
    process.exitCode = progress.following ? 0 : 130;
  } finally {
    for (const each of undo.reverse()) await each().catch(() => undefined);
  }
}

async function show(
  options: { readonly follow?: boolean },
  undo: (() => Promise<unknown>)[],
  progress: { following: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { step } = await createProgress(process.stderr);
  const print = (text: string): void => void process.stdout.write(text);

  await step(
    'Bundling trail',
    () => bundle(root, join(root, 'dist')),
    () => 'Bundled trail into dist/trail.js, as the image holds it',
  );
  const stacks = await step(
    'Synthesizing both stacks from settings.example.yaml',
    () => synthesize(root),
    (found) => `Synthesized ${found.map(({ name }) => name).join(' and ')} to cdktf.out`,
  );
  print(`\nWhat Terraform would get:\n${stacks.map(describeStack).join('\n')}\n\n`);

  const postgres = await step(
    'Starting an embedded PostgreSQL',
    async () => {
      const started = await startPostgres();
      undo.push(() => started.stop());
      return started;
    },
    ({ port }) => `PostgreSQL is up on 127.0.0.1:${port}`,
  );
  const goldmane = await step(
    'Starting a simulated Goldmane with an hour of a homelab behind it',
    async () => {
      const started = await startSimulator();
      undo.push(() => started.stop());
      return started;
    },
    ({ address }) => `Goldmane (simulated) is up on ${address}, mutual TLS`,
  );

  // Both on the same clock: the last window that has been streamed ended one window before the current one.
  const streamedUntil = Math.floor(Date.now() / 1000 / WINDOW_SECONDS) * WINDOW_SECONDS - WINDOW_SECONDS;
  // The oldest of its hour may be forgotten by the time it is asked for.
  const from = streamedUntil - HISTORY_SECONDS + FORGETTING_SECONDS;
  const sent = await account(goldmane.ledgerUrl, { from, to: streamedUntil });
  await mkdir(join(root, '.trail'), { recursive: true, mode: 0o700 });
  await writeFile(urlFile, postgres.url, { mode: 0o600 });
  undo.push(() => rm(urlFile));
  await step(
    'Running trail aggregate against both',
    async () => {
      const aggregator = await startAggregator(root, { ...goldmane, serverName: 'goldmane' }, urlFile);
      undo.push(() => aggregator.child.stop());
      await caughtUp(aggregator, streamedUntil, 45);
      return aggregator.metric('trail_results_total');
    },
    (results) => `trail aggregate read ${results} flow results and wrote their edges`,
  );
  const verdict = await step(
    "Comparing the database with the simulator's own account",
    async () => {
      const found = await compare(postgres.url, sent, () => account(goldmane.ledgerUrl));
      if (found.differences.length === 0) return found;
      throw new TrailError(
        'demo',
        `${found.differences.length} edges differ:\n  ${found.differences.join('\n  ')}`,
        'report this as a bug',
      );
    },
    ({ edges, flows }) =>
      `All ${edges} edges add up to what was sent: ${flows} flows, none lost, none counted twice`,
  );

  print(`\nWho talked to whom (the newest of ${verdict.edges} edges):\n\n`);
  trail(['edges', '--cluster', DEMO_CLUSTER, '--limit', '25']);
  print('\nWhat the daily digest would post to Slack:\n\n');
  trail(['digest'], { [env.dryRun]: '1' });
  print(nextSteps(options.follow === true));
  if (options.follow === true) {
    progress.following = true;
    await follow(postgres.url, process.stdout, signal);
  }
}

/** Runs the bundled program as a person would, with the same terminal. */
function trail(args: readonly string[], more: Readonly<Record<string, string>> = {}): void {
  const { status } = spawnSync(process.execPath, [join(root, 'dist/trail.js'), ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...more, [env.databaseUrlFile]: urlFile, [env.clusterName]: DEMO_CLUSTER },
  });
  if (status !== 0)
    throw new TrailError(
      'demo',
      `trail ${args.join(' ')} ended with code ${status ?? 'none'}`,
      'see its words above',
    );
}

function nextSteps(following: boolean): string {
  const ask = `${env.databaseUrlFile}=${relative(process.cwd(), urlFile) || urlFile} npx edges`;
  const questions = [
    ['--ns monitoring', 'who talks to a namespace, and to whom it talks'],
    ['--denied', 'what policies refused'],
    ['--new-since 30m', 'what is new'],
    ['--peers-of dbaas --json', 'the same for a program'],
  ];
  return [
    '',
    following
      ? 'In another terminal:'
      : 'Next: npm start -- --follow   stays up and shows new edges as they come; then, in another terminal:',
    ...questions.map(([flags, meaning]) => `  ${`${ask} ${flags ?? ''}`.padEnd(72)} ${meaning ?? ''}`),
    ...(following
      ? ['', 'Following; a new edge shows within about 30 s of its window. Ctrl-C ends everything.', '']
      : ['On a cluster: docs/stacks/calico.md, then docs/stacks/goldmane-edge-aggregator.md', '']),
  ].join('\n');
}

/** A signal asked us to stop; nothing went wrong. */
class Interrupted extends Error {}

new Command('npm start --')
  .description(
    'the whole main job on this machine: stacks, PostgreSQL, a simulated Goldmane, the aggregator, edges',
  )
  .option('--follow', 'stay up and show new edges as they come, until Ctrl-C')
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    const text =
      error instanceof TrailError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stderr.write(`npm start: ${text}\n`);
    process.exitCode = 1;
  });
