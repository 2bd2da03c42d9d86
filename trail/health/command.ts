import { Command, Option } from 'commander';
import { aggregator } from '../../contract';
import { namespace } from '../cli/arguments';
import type { Context } from '../cli/context';
import { addReaderOptions, withReader, type ReaderOptions } from '../edges/reader-options';
import { TrailError } from '../errors';
import { assessCoverage } from '../report/coverage';
import { styleOf } from '../report/style';
import { coverageQuery } from '../store/queries/coverage';
import { lastDigestQuery } from '../store/queries/digest-state';
import {
  CHECKS,
  judgeCertificate,
  judgeCoverage,
  judgeDeployment,
  judgeDigest,
  judgeRecord,
  type Check,
  type Finding,
} from './judge';
import { renderFindings } from './render';

interface Options extends ReaderOptions {
  readonly namespace: string;
  readonly skip?: readonly Check[];
  readonly quiet?: true;
  readonly json?: true;
}

/** `trail health`: is the trail well, in one look. */
export function create(context: Context): Command {
  const command = new Command('health')
    .description('Check whether the trail is well: Deployment, certificate, record, coverage, digest.')
    .option('--namespace <name>', 'namespace of the aggregator', namespace, aggregator.namespace)
    .addOption(new Option('--skip <checks...>', 'leave checks out').choices(CHECKS))
    .option('--quiet', 'print only what is not well')
    .option('--json', 'one JSON object');
  return addReaderOptions(command)
    .addHelpText(
      'after',
      `
deployment    the aggregator is deployed and Available
certificate   the client certificate for Goldmane is valid for a week at least (reads a Secret)
record        the last window in the database is at most 5 minutes old; 15 fail
coverage      nothing of the last 24 hours was lost
digest        a digest went through within 26 hours; 50 fail

Exit code: 0 well (WARN included), 1 something failed or could not be checked, 2 wrong usage.`,
    )
    .action((options: Options) => look(options, context));
}

async function look(options: Options, context: Context): Promise<void> {
  const now = Date.now() / 1000;
  const wanted = CHECKS.filter((check) => options.skip?.includes(check) !== true);
  // One after the other: loading the Kubernetes client takes long enough to make a connection time out.
  const database = await checkDatabase(wanted, options, context, now);
  const kubernetes = await checkWorkload(wanted, options, context, now);
  const found = [...kubernetes, ...database];
  const findings = wanted.flatMap((check) => found.filter((finding) => finding.check === check));
  const healthy = findings.every(({ status }) => status === 'ok' || status === 'warn');
  if (options.json === true) {
    context.stdout.write(`${JSON.stringify({ healthy, checks: findings }, undefined, 2)}\n`);
  } else {
    const shown = options.quiet === true ? findings.filter(({ status }) => status !== 'ok') : findings;
    context.stdout.write(renderFindings(shown, styleOf(context.stdout, context.env)));
  }
  if (!healthy) context.setExitCode(1);
}

async function checkWorkload(
  wanted: readonly Check[],
  options: Options,
  context: Context,
  now: number,
): Promise<Finding[]> {
  const checks = wanted.filter((check) => check === 'deployment' || check === 'certificate');
  if (checks.length === 0) return [];
  return orUnknown(checks, async () => {
    const { kubernetesOptions } = await import('../kubernetes/options');
    const { openWorkload } = await import('./workload');
    const workload = await openWorkload(kubernetesOptions(options, context), options.namespace);
    const findings = checks.map((check) =>
      orUnknown([check], async () => [
        check === 'deployment'
          ? judgeDeployment(await workload.available())
          : judgeCertificate(await workload.certificateEnd(), now),
      ]),
    );
    return (await Promise.all(findings)).flat();
  });
}

const DAY_SECONDS = 86_400;

async function checkDatabase(
  wanted: readonly Check[],
  options: Options,
  context: Context,
  now: number,
): Promise<Finding[]> {
  const checks = wanted.filter((check) => check !== 'deployment' && check !== 'certificate');
  if (checks.length === 0) return [];
  return orUnknown(checks, async () => {
    const findings: Finding[] = [];
    await withReader(options, context, async ({ reader, cluster, writer }) => {
      const from = now - DAY_SECONDS;
      const [ranges, [digest]] = await reader.ask(
        coverageQuery(cluster, from, now),
        lastDigestQuery(cluster),
      );
      findings.push(
        judgeRecord(writer, now),
        judgeCoverage(assessCoverage(ranges, writer, from, now)),
        judgeDigest(digest, now),
      );
    });
    return findings;
  });
}

/** A failure to look is a finding too; wrong usage and bugs are not. */
async function orUnknown(checks: readonly Check[], work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TrailError) || error.exitCode === 2) throw error;
    return checks.map((check) => ({ check, status: 'unknown', detail: error.message }));
  }
}
