import { Argument, Command } from 'commander';
import { days, namespace } from '../cli/arguments';
import type { Context } from '../cli/context';
import { coverageNotes, type Coverage } from '../report/coverage';
import { styleOf } from '../report/style';
import { renderTable } from '../report/table';
import { ago, isoTime, utc } from '../report/time';
import { allowlistQuery, type AllowedDestination } from '../store/queries/allowlist';
import { edgesQuery } from '../store/queries/edges';
import { evidence } from './evidence';
import { addFormatOptions, chosenFormat, writeReport, type FormatOptions, type Report } from './formats';
import { addReaderOptions, withReader, type ReaderOptions } from './reader-options';

interface Options extends ReaderOptions, FormatOptions {
  readonly days: number;
}

const DAY_SECONDS = 86_400;

/** `trail edges allowlist NS`: the internal half of a namespace's egress policy, and whether to trust it. */
export function create(context: Context): Command {
  const command = new Command('allowlist')
    .description(
      'List what a namespace must be allowed to reach in the cluster, and say whether that is complete.',
    )
    .addArgument(new Argument('<namespace>', 'source namespace').argParser(namespace))
    .option('--days <days>', 'days that must have been recorded before the list counts as complete', days, 7);
  return addReaderOptions(addFormatOptions(command))
    .addHelpText(
      'after',
      `
Destinations outside the cluster are in no edge: keep them from elsewhere. Whether the record is long enough is said on
stderr; exit code 3 = it is not, the list is still printed.`,
    )
    .action((ns: string, options: Options) => list(ns, options, context));
}

async function list(ns: string, options: Options, context: Context): Promise<void> {
  const format = chosenFormat(options, true);
  await withReader(options, context, async (asked) => {
    const now = Date.now() / 1000;
    const { reader, cluster } = asked;
    const [rows, denied] = await reader.ask(
      allowlistQuery(cluster, ns),
      edgesQuery({ cluster, src: ns, denied: true }, 'last-seen', 5),
    );
    const style = styleOf(context.stdout, context.env);
    writeReport(
      allowlistReport(ns, rows, (body) => renderTable(rows, body, style), now),
      format,
      context,
    );
    const say = (line: string): void => void context.stderr.write(`trail: ${line}\n`);
    for (const { dstNs, lastSeen } of denied)
      say(
        `${ns} was denied ${dstNs}, last ${ago(lastSeen, now)}: a policy bites already; look at it before tightening`,
      );
    const verdict = judge(await evidence(asked, now - options.days * DAY_SECONDS, now), options.days);
    say(`${rows.length} ${rows.length === 1 ? 'destination' : 'destinations'}; ${verdict.text}`);
    for (const note of verdict.notes) say(note);
    if (!verdict.complete) context.setExitCode(3);
  });
}

type Body = Parameters<typeof renderTable<AllowedDestination>>[1];

function allowlistReport(
  ns: string,
  rows: readonly AllowedDestination[],
  table: (columns: Body) => string,
  now: number,
): Report {
  return {
    fields: ['dst_ns', 'ports', 'flow_count', 'first_seen', 'last_seen'],
    objects: rows.map((row) => ({
      dst_ns: row.dstNs,
      ports: row.ports,
      flow_count: row.flowCount,
      first_seen: isoTime(row.firstSeen),
      last_seen: isoTime(row.lastSeen),
    })),
    table: () =>
      table([
        { title: 'DESTINATION', text: (row) => row.dstNs, minWidth: 12 },
        { title: 'PORTS', text: (row) => row.ports.join(', '), minWidth: 16 },
        { title: 'FLOWS', text: (row) => String(row.flowCount), align: 'right', optional: 2 },
        { title: 'FIRST SEEN (UTC)', text: (row) => utc(row.firstSeen), optional: 3 },
        { title: 'LAST', text: (row) => ago(row.lastSeen, now), optional: 1 },
      ]),
    graph: () => rows.map(({ dstNs }) => ({ from: ns, to: dstNs, action: 'allow' })),
  };
}

/** Windows that are still on their way are not missing. */
const ON_THE_WAY_SECONDS = 120;

function judge(
  coverage: Coverage,
  wanted: number,
): { readonly complete: boolean; readonly text: string; readonly notes: readonly string[] } {
  const { recordedSeconds, asked } = coverage;
  const complete = recordedSeconds >= asked.end - asked.start - ON_THE_WAY_SECONDS;
  return {
    complete,
    text: complete
      ? `all of the last ${wanted} days were recorded; what runs more rarely than that may still be missing`
      : `only ${(recordedSeconds / DAY_SECONDS).toFixed(1)} of the last ${wanted} days were recorded: do not enforce this list yet`,
    notes: complete ? [] : coverageNotes(coverage),
  };
}
