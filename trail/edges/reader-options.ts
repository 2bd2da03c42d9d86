import { InvalidArgumentError, Option, type Command } from 'commander';
import { database, env } from '../../contract';
import { namespace } from '../cli/arguments';
import type { Context } from '../cli/context';
import { TrailError } from '../errors';
import { chooseCluster } from '../store/choose-cluster';
import { writersQuery, type WriterState } from '../store/queries/writers';
import type { TrailReader } from '../store/trail-reader';

/** How the database is reached, and which cluster is asked about. */
export interface ReaderOptions {
  readonly cluster?: string;
  readonly via?: 'kubectl';
  readonly viaNamespace: string;
  readonly viaCluster?: string;
  readonly viaDatabase: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** What a report asks through. */
export interface Asked {
  readonly reader: TrailReader;
  readonly cluster: string;
  /** How far the cluster's record reaches; undefined = it has none. */
  readonly writer: WriterState | undefined;
}

/** Adds the options that all reports share. */
export function addReaderOptions(command: Command): Command {
  return command
    .option(
      '--cluster <name>',
      `cluster of the trail (default: ${env.clusterName}, or the only one there is)`,
      name,
    )
    .addOption(
      new Option('--via <way>', `ask through the database's own pod, without ${env.databaseUrl}`).choices([
        'kubectl',
      ]),
    )
    .option('--via-namespace <namespace>', 'namespace of the CloudNativePG cluster', namespace, 'dbaas')
    .option('--via-cluster <name>', 'CloudNativePG cluster, where the namespace holds several', name)
    .option('--via-database <name>', 'database of the trail there', databaseName, database.name)
    .option('--kubeconfig <file>', 'kubeconfig file for --via kubectl')
    .option('--context <name>', 'context of the kubeconfig');
}

/** Opens the way that the options say, finds the cluster, runs `work` and closes. */
export async function withReader(
  options: ReaderOptions,
  context: Context,
  work: (asked: Asked) => Promise<void>,
): Promise<void> {
  const reader = await open(options, context);
  try {
    const [writers] = await reader.ask(writersQuery());
    const cluster = chooseCluster(options.cluster ?? context.env[env.clusterName], writers);
    await work({ reader, cluster, writer: writers.find((each) => each.cluster === cluster) });
  } finally {
    await reader.close();
  }
}

async function open(options: ReaderOptions, context: Context): Promise<TrailReader> {
  if (options.via === undefined) {
    const { openDirectReader } = await import('../store/direct-reader');
    try {
      return await openDirectReader(context.env);
    } catch (error) {
      if (!(error instanceof TrailError) || error.code !== 'database-unset') throw error;
      throw new TrailError(error.code, error.problem, `${error.remedy}, or ask with --via kubectl`);
    }
  }
  const { openKubectlReader } = await import('../store/kubectl-reader');
  return openKubectlReader({
    namespace: options.viaNamespace,
    cnpgCluster: options.viaCluster,
    database: options.viaDatabase,
    kubeconfig: options.kubeconfig,
    context: options.context,
    env: context.env,
    signal: context.signal,
  });
}

function name(text: string): string {
  if (/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('use lower-case letters, digits, - and ., at most 63.');
}

// psql takes a name with = or :// for a connection string.
function databaseName(text: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/.test(text)) return text;
  throw new InvalidArgumentError('use letters, digits, _ and -, at most 63.');
}
