import { Command, Option } from 'commander';
import { env } from '../../contract';
import type { Context } from '../cli/context';
import { UsageError } from '../errors';
import { styleOf } from '../report/style';
import { renderTable } from '../report/table';
import { edgesQuery, SORTS, type Sort } from '../store/queries/edges';
import { peersQuery } from '../store/queries/peers';
import { writersQuery } from '../store/queries/writers';
import type { TrailReader } from '../store/trail-reader';
import { limit, namespace, since } from '../cli/arguments';
import { edgeObject } from './render-json';
import { renderEdgeTable } from './render-table';

interface Options {
  readonly ns?: string;
  readonly src?: string;
  readonly dst?: string;
  readonly peersOf?: string;
  readonly newSince?: number;
  readonly denied?: true;
  readonly cluster?: string;
  readonly sort: Sort;
  readonly limit: number;
  readonly json?: true;
}

/** `trail edges`: who talked to whom, from the database. */
export function create(context: Context): Command {
  return new Command('edges')
    .description('Show who talked to whom, and since when.')
    .option('--ns <namespace>', 'edges from or to this namespace', namespace)
    .option('--src <namespace>', 'edges from this namespace', namespace)
    .option('--dst <namespace>', 'edges to this namespace', namespace)
    .option(
      '--peers-of <namespace>',
      'the distinct namespaces that this one exchanges traffic with',
      namespace,
    )
    .option(
      '--new-since <when>',
      'first seen since: 30m, 24h, 7d, 2w, 2026-11-20 or 2026-11-20T08:00 (UTC)',
      (text) => since(text, Date.now() / 1000),
    )
    .option('--denied', 'only what was refused')
    .option(
      '--cluster <name>',
      `cluster of the trail (default: ${env.clusterName}, or the only one there is)`,
    )
    .addOption(new Option('--sort <order>', 'order of the rows').choices(SORTS).default('first-seen'))
    .option('--limit <rows>', 'most rows to show', limit, 200)
    .option('--json', 'a JSON array')
    .action(async (options: Options) => {
      const { openDirectReader } = await import('../store/direct-reader');
      const reader = await openDirectReader(context.env);
      try {
        await show(options, reader, context);
      } finally {
        await reader.close();
      }
    });
}

async function show(options: Options, reader: TrailReader, context: Context): Promise<void> {
  const now = Date.now() / 1000;
  const cluster = await chooseCluster(options.cluster ?? context.env[env.clusterName], reader);
  const style = styleOf(context.stdout, context.env);
  const print = (rows: readonly object[], table: () => string): void => {
    if (options.json === true) context.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
    else if (rows.length > 0) context.stdout.write(table());
  };
  const conditions = { ...options, cluster };
  let count: number;
  if (options.peersOf === undefined) {
    const [edges] = await reader.ask(edgesQuery(conditions, options.sort, options.limit));
    print(edges.map(edgeObject), () => renderEdgeTable(edges, style, now));
    count = edges.length;
  } else {
    const [peers] = await reader.ask(peersQuery(conditions, options.peersOf, options.limit));
    print(peers, () =>
      renderTable(
        peers,
        [
          { title: 'PEER', text: ({ peer }) => peer },
          { title: 'ACTION', text: ({ action }) => action },
        ],
        style,
        ({ action }) => action === 'deny',
      ),
    );
    count = peers.length;
  }
  if (count === 0) context.stderr.write('no edge matches\n');
  if (count === options.limit)
    context.stderr.write(`only the first ${options.limit} rows; --limit shows more\n`);
}

/** The cluster that was asked for, or the only one of this trail. */
async function chooseCluster(asked: string | undefined, reader: TrailReader): Promise<string> {
  if (asked !== undefined && asked !== '') return asked;
  const [writers] = await reader.ask(writersQuery());
  if (writers.length > 1) {
    const names = writers.map(({ cluster }) => cluster).join(', ');
    throw new UsageError(`this trail has several clusters: ${names}`, 'choose one with --cluster');
  }
  return writers[0]?.cluster ?? 'default';
}
