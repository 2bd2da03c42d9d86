import { Command, Option } from 'commander';
import { addDay, limit, namespace, port, service, since, twoDays } from '../cli/arguments';
import type { Context } from '../cli/context';
import { UsageError } from '../errors';
import { styleOf } from '../report/style';
import { SORTS, type Sort } from '../store/queries/edges';
import { create as createAllowlist } from './allowlist-command';
import { create as createExplain } from './explain-command';
import { explainNothing } from './evidence';
import { addFormatOptions, chosenFormat, writeReport, type FormatOptions } from './formats';
import { listEdges } from './list';
import { create as createMatrix } from './matrix-command';
import { addReaderOptions, withReader, type ReaderOptions } from './reader-options';

interface Options extends ReaderOptions, FormatOptions {
  readonly ns?: string;
  readonly src?: string;
  readonly dst?: string;
  readonly peersOf?: string;
  readonly newSince?: number;
  readonly between?: readonly string[];
  readonly denied?: true;
  readonly service?: string;
  readonly port?: number;
  readonly sort: Sort;
  readonly limit: number;
}

/** `trail edges`: who talked to whom, from the database. */
export function create(context: Context): Command {
  const command = new Command('edges')
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
    .option('--between <days...>', 'seen within these days, two dates (UTC), both included', addDay)
    .option('--denied', 'only what was refused')
    .option(
      '--service <name>',
      'by service: its identity at either end, in a multi-service namespace',
      service,
    )
    .option('--port <number>', 'by service: to this destination port', port)
    .addOption(new Option('--sort <order>', 'order of the rows').choices(SORTS).default('first-seen'))
    .option('--limit <rows>', 'most rows to show', limit, 200);
  addReaderOptions(addFormatOptions(command))
    .enablePositionalOptions()
    .addHelpText('after', HELP)
    .action((options: Options) => list(options, context));
  for (const subcommand of [createExplain(context), createMatrix(context), createAllowlist(context)]) {
    subcommand.hook('preAction', () => {
      refuseOptionsBefore(subcommand.name(), command);
    });
    command.addCommand(subcommand);
  }
  return command;
}

const HELP = `
All filters narrow each other. Rows come newest first sight first. An edge is a source namespace, a destination namespace
and a verdict: allow, deny, pass or unspecified. FLOWS counts observations: one flow in one 15 s window.

Rows go to stdout, everything else to stderr. Fields of json, ndjson and csv: src_ns, dst_ns, action, flow_count,
first_seen, last_seen; with --service or --port also src_service, dst_service, protocol, dst_port; with --between also
days, and flow_count counts within the days; with --peers-of: peer, action.

Examples:
  trail edges --ns web                       edges from or to web
  trail edges --new-since 24h --denied       refused for the first time since yesterday
  trail edges --peers-of db --json           who exchanges traffic with db
  trail edges --port 5432 --sort last-seen   who uses PostgreSQL, latest first
  trail edges --via kubectl --ns web         through the database's pod, without a connection string
  trail edges --format mermaid --ns web      a picture for a page

Exit code: 0 answered, 1 the database can't be asked, 2 wrong usage.`;

async function list(options: Options, context: Context): Promise<void> {
  const { peersOf, newSince } = options;
  const between = options.between && twoDays(options.between);
  const byService = options.service !== undefined || options.port !== undefined;
  const kinds = [between && '--between', peersOf && '--peers-of', byService && '--service or --port'].filter(
    Boolean,
  );
  if (kinds.length > 1)
    throw new UsageError(`${kinds.join(' and ')} show different rows`, 'give one of them');
  const format = chosenFormat(options, peersOf === undefined);
  await withReader(options, context, async (asked) => {
    const now = Date.now() / 1000;
    const report = await listEdges(options, asked, styleOf(context.stdout, context.env), now);
    writeReport(report, format, context);
    const say = (line: string): void => void context.stderr.write(`trail: ${line}\n`);
    if (report.objects.length === 0) {
      const to = Math.min(now, between?.until ?? now);
      say(`no edge matches; ${await explainNothing(asked, between?.from ?? newSince, to)}`);
    } else if (report.objects.length === options.limit) {
      say(`only the first ${options.limit} rows; --limit shows more`);
    }
  });
}

/** Options before a subcommand belong to the list and would be ignored there. */
function refuseOptionsBefore(name: string, command: Command): void {
  for (const option of command.options) {
    const key = option.attributeName();
    if (command.getOptionValueSource(key) !== 'cli') continue;
    throw new UsageError(
      `${option.long ?? option.flags} stands before '${name}'`,
      `put options after it: trail edges ${name} …`,
    );
  }
}
