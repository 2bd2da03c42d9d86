import { writeFile } from 'node:fs/promises';
import { Argument, Command, Option } from 'commander';
import { verdicts } from '../../review/format/wording';
import { PlanFault } from '../../review/plan/fault';
import { readPlan } from '../../review/plan/read';
import { review, type Review } from '../../review/review';
import type { Context } from '../cli/context';
import { TrailError } from '../errors';
import { loadAcknowledgements } from './acknowledgements';
import { COULD_NOT_JUDGE, loadPlan } from './load';
import { paintFor } from './paint';
import { formats, render, type Format } from './render';

interface Options {
  readonly format: Format;
  readonly write: readonly (readonly [Format, string])[];
  readonly acknowledgements?: string;
  readonly full: boolean;
  readonly terraform?: string;
  readonly chdir: string;
  readonly uri?: string;
}

/** `trail review [PLAN]` */
export function create(context: Context): Command {
  return new Command('review')
    .description('Tell what a Terraform or OpenTofu plan will do to the cluster, and whether to apply it.')
    .addArgument(
      new Argument(
        '[plan]',
        'JSON of `terraform show -json` (plain or gzip), or a plan file; - or nothing = stdin',
      ).default('-', 'stdin'),
    )
    .addOption(new Option('-f, --format <format>', 'what to print').choices(formats).default('text'))
    .addOption(
      new Option('-w, --write <format=file>', 'also write the review to a file; may be repeated')
        .argParser(parseWrite)
        .default([], 'none'),
    )
    .option('-a, --acknowledgements <file>', 'findings that somebody accepted, with reason, owner and expiry')
    .option('--full', 'every line of every diff and list', false)
    .option('--terraform <program>', 'program that reads a plan file (default: terraform, else tofu)')
    .option('--chdir <directory>', 'folder in which that program was initialized', '.')
    .option('--uri <file>', 'file that SARIF results point at (default: the plan)')
    .addHelpText('after', HELP)
    .action(async (plan: string, options: Options) => {
      const result = await judge(plan, options, context);
      const paths = { uri: options.uri ?? (plan === '-' ? 'plan.json' : plan), full: options.full };
      for (const [format, file] of options.write) await write(result, format, file, paths);
      const width = Math.min(context.stdout.columns ?? 100, 120);
      const paint = paintFor(context.stdout, context.env);
      context.stdout.write(render(result, options.format, { ...paths, paint, width: Math.max(width, 40) }));
      context.setExitCode(verdicts[result.verdict].exitCode);
    });
}

const HELP = `
Exit codes:
  0  nothing to supervise
  1  could not judge: unreadable, not a plan, unknown format version, truncated, or wrong usage
  2  somebody must supervise the apply
  3  must not be applied

Examples:
  terraform show -json plan.out | trail review
  trail review plan.json --write markdown=review.md --write sarif=review.sarif`;

async function judge(plan: string, options: Options, context: Context): Promise<Review> {
  const acknowledgements =
    options.acknowledgements === undefined ? [] : await loadAcknowledgements(options.acknowledgements);
  const bytes = await loadPlan({
    path: plan,
    stdin: context.stdin,
    terraform: options.terraform,
    directory: options.chdir,
    signal: context.signal,
  });
  try {
    return review(readPlan(bytes), { now: new Date(), acknowledgements });
  } catch (error) {
    if (error instanceof PlanFault) {
      throw new TrailError(error.code, error.problem, error.remedy, {
        exitCode: COULD_NOT_JUDGE,
        cause: error,
      });
    }
    throw error;
  }
}

async function write(
  result: Review,
  format: Format,
  file: string,
  options: { readonly uri: string; readonly full: boolean },
): Promise<void> {
  const paint = paintFor({}, {});
  try {
    await writeFile(file, render(result, format, { ...options, paint, width: 100 }));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    // Whoever reads the file would take an old one for this review.
    throw new TrailError(
      'review-not-written',
      `${file} can't be written (${code})`,
      'name a file in a folder that exists',
      {
        cause,
        exitCode: COULD_NOT_JUDGE,
      },
    );
  }
}

function parseWrite(
  text: string,
  previous: readonly (readonly [Format, string])[],
): readonly (readonly [Format, string])[] {
  const [name = '', ...rest] = text.split('=');
  const format = formats.find((each) => each === name);
  const file = rest.join('=');
  if (format === undefined || file === '') {
    throw new TrailError(
      'usage',
      `--write "${text}" is not FORMAT=FILE; formats are ${formats.join(', ')}`,
      'write e.g. --write markdown=review.md',
      { exitCode: COULD_NOT_JUDGE },
    );
  }
  return [...previous, [format, file]];
}
