import { Command } from 'commander';
import { addDay, since, twoDays } from '../cli/arguments';
import type { Context } from '../cli/context';
import { addReaderOptions, withReader, type ReaderOptions } from '../edges/reader-options';
import { UsageError } from '../errors';
import { FRESH_SECONDS, stretches, type Stretch } from '../report/coverage';
import { styleOf } from '../report/style';
import { coverageQuery } from '../store/queries/coverage';
import { coverageObject, renderCoverage, type CoverageReport } from './render';

interface Options extends ReaderOptions {
  readonly since?: number;
  readonly between?: readonly string[];
  readonly json?: true;
}

/** `trail coverage`: what the trail can and can't know about a time. */
export function create(context: Context): Command {
  const command = new Command('coverage')
    .description('Show which times are recorded, and which are lost.')
    .option(
      '--since <when>',
      'from then on: 30m, 24h, 7d, 2w, 2026-11-20 or 2026-11-20T08:00 (UTC)',
      (text) => since(text, Date.now() / 1000),
    )
    .option('--between <days...>', 'within these days, two dates (UTC), both included', addDay)
    .option('--json', 'one JSON object');
  return addReaderOptions(command)
    .addHelpText('after', HELP)
    .action((options: Options) => show(options, context));
}

const HELP = `
settled   read again after late reports were in: final
open      streamed, may still grow until it is settled
live      streamed, but Goldmane forgot it before it could be settled: late reports may be missing
gap       lost: nobody read it before Goldmane forgot it
none      before the record begins, or not recorded yet

Without a time, the whole record. Windows of the last two minutes are on their way and not asked for.

Examples:
  trail coverage --since 7d                      can last week be answered for?
  trail coverage --between 2026-11-02 2026-11-02 what is known of that Monday
  trail coverage --json | jq .totals.gap.seconds

Exit code: 0 all of it is recorded, 1 the database can't be asked, 2 wrong usage, 3 some of it is not.`;

async function show(options: Options, context: Context): Promise<void> {
  if (options.since !== undefined && options.between !== undefined)
    throw new UsageError('--since and --between contradict each other', 'give one of them');
  const now = Math.floor(Date.now() / 1000);
  const days = options.between && twoDays(options.between);
  if (days !== undefined && days.from > now)
    throw new UsageError(`--between ${options.between?.join(' ')}`, 'give days that have begun');
  const from = options.since === undefined ? days?.from : Math.floor(options.since);
  const to = Math.min(now, days?.until ?? now);
  await withReader(options, context, async ({ reader, cluster, writer }) => {
    const [ranges] = await reader.ask(coverageQuery(cluster, from ?? 0, to));
    const report = trim(cluster, stretches(ranges, writer, from ?? 0, to), from === undefined);
    context.stdout.write(
      options.json === true
        ? `${JSON.stringify(coverageObject(report), undefined, 2)}\n`
        : renderCoverage(report, styleOf(context.stdout, context.env)),
    );
    const { stretches: shown } = report;
    if (shown.every(({ state }) => state === 'none'))
      context.stderr.write(`trail: nothing of that was ever recorded for cluster '${cluster}'\n`);
    if (shown.length === 0 || shown.some(({ state }) => state === 'gap' || state === 'none'))
      context.setExitCode(3);
  });
}

/** Leaves out what was not asked for: windows on their way, and the time before the record unless it `isWhole`. */
function trim(cluster: string, found: readonly Stretch[], isWhole: boolean): CoverageReport {
  const kept = [...found];
  const isRecorded = kept.some(({ state }) => state !== 'none');
  if (isWhole && kept[0]?.state === 'none') kept.shift();
  const last = kept.at(-1);
  if (isRecorded && last?.state === 'none' && last.end - last.start <= FRESH_SECONDS) kept.pop();
  return { cluster, stretches: kept };
}
