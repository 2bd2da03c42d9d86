import { Command, InvalidArgumentError } from 'commander';
import { parseVersion } from '../../calico-releases';
import type { Context } from '../cli/context';
import { UsageError } from '../errors';
import { connectKubernetes, type Kubernetes } from '../kubernetes/client';
import { addKubernetesOptions, kubernetesOptions } from '../kubernetes/options';
import { paintFor } from '../review/paint';
import { worst, type Gate } from './gate';
import { judgeGates, type ClusterState } from './gates';
import { conditionIs } from './objects';
import { observe } from './observe';
import { probe } from './probe';
import { gateCounts, reporterFor, type Reporter } from './report';
import { watchRoll } from './watch';

interface CommonOptions {
  readonly json: boolean;
  readonly probe: boolean;
  readonly probeNamespace: string;
  readonly probeImage: string;
  readonly timeoutSeconds: number;
  readonly kubeconfig?: string;
  readonly context?: string;
}

interface CheckOptions extends CommonOptions {
  readonly to?: string;
}

interface WatchOptions extends CommonOptions {
  readonly nodeSeconds: number;
  readonly degradedSeconds: number;
  readonly startSeconds: number;
  readonly settleSeconds: number;
  readonly finishSeconds: number;
  readonly awaySeconds: number;
}

/** Exit codes beside 0, 1 (failed) and 2 (wrong usage). */
const STOP = 3;
const UNKNOWN = 4;

/** `trail roll check` and `trail roll watch` */
export function create(context: Context): Command {
  return new Command('roll')
    .description('Supervise a roll of calico-node: gates before and after, and a watch in between.')
    .addCommand(checkCommand(context))
    .addCommand(watchCommand(context));
}

function checkCommand(context: Context): Command {
  const command = new Command('check')
    .description('Judge the gates that must hold before and after a roll.')
    .option('--to <version>', 'Calico release that the roll leads to, e.g. v3.31.7', calicoVersion)
    .addHelpText(
      'after',
      '\nExit codes: 0 every gate passes, 1 failed, 2 wrong usage, 3 a gate fails, 4 a gate is unknown.',
    );
  return addCommonOptions(command, context).action(async (options: CheckOptions) => {
    const reporter = report(context, options);
    const gates = await judge(await connect(context, options), options, context, options.to);
    reporter.gates(gates);
    if (!options.json) context.stdout.write(`\n${gateCounts(gates)}\n`);
    context.setExitCode(exitCodes[worst(gates)]);
  });
}

function watchCommand(context: Context): Command {
  const command = new Command('watch')
    .description('Follow a roll node by node, and say when it has to stop.')
    .option('--node-seconds <seconds>', 'a node that is unready for longer stops the roll', seconds, 300)
    .option('--degraded-seconds <seconds>', 'a component that is degraded for longer stops it', seconds, 15)
    .option('--start-seconds <seconds>', 'how long to wait for a roll to begin', seconds, 600)
    .option('--settle-seconds <seconds>', 'how long all must be well before it counts as done', seconds, 30)
    .option('--finish-seconds <seconds>', 'how long components may settle after the last node', seconds, 300)
    .option('--away-seconds <seconds>', 'how long the API server may not answer', seconds, 600)
    .addHelpText(
      'after',
      '\nExit codes: 0 done and every gate passes, 1 failed, 2 wrong usage, 3 stop or a gate fails, 4 unknown.',
    );
  return addCommonOptions(command, context).action(async (options: WatchOptions) => {
    const reporter = report(context, options);
    const kubernetes = await connect(context, options);
    const verdict = await watchRoll({
      get: kubernetes.get,
      limits: options,
      signal: context.signal,
      timeoutSeconds: options.timeoutSeconds,
      idleSeconds: 90,
      longestPauseSeconds: 10,
      tickSeconds: 1,
      onEvent: (event, at) => {
        reporter.event(event, at);
      },
      onStatus: (status) => {
        reporter.status(status);
      },
    });
    if (verdict.outcome !== 'done') {
      reporter.verdict(verdict);
      context.setExitCode(verdict.outcome === 'stop' ? STOP : UNKNOWN);
      return;
    }
    const gates = await judge(kubernetes, options, context);
    reporter.gates(gates);
    reporter.verdict(verdict);
    context.setExitCode(exitCodes[worst(gates)]);
  });
}

const exitCodes = { pass: 0, fail: STOP, unknown: UNKNOWN } as const;

function addCommonOptions(command: Command, _context: Context): Command {
  return addKubernetesOptions(
    command
      .option('--json', 'one JSON object a line instead of text', false)
      .option('--probe', 'also check connectivity between nodes, with short-lived pods', false)
      .option('--probe-namespace <name>', 'namespace of those pods', 'default')
      .option(
        '--probe-image <image>',
        'image of those pods, with sh, httpd, wget and nslookup',
        'docker.io/library/busybox:1.37.0',
      )
      .option('--timeout-seconds <seconds>', 'how long one request may take', seconds, 15),
  );
}

function report(context: Context, { json }: CommonOptions): Reporter {
  return reporterFor(context.stdout, { json, paint: paintFor(context.stdout, context.env) });
}

async function connect(context: Context, options: CommonOptions): Promise<Kubernetes> {
  return connectKubernetes({
    ...kubernetesOptions(options, context),
    timeoutSeconds: options.timeoutSeconds,
  });
}

async function judge(
  kubernetes: Kubernetes,
  options: CommonOptions,
  context: Context,
  to?: string,
): Promise<readonly Gate[]> {
  const state = await observe(kubernetes.get, options.timeoutSeconds, context.signal);
  const gates = judgeGates(state, to);
  return options.probe ? [...gates, await connectivity(state, options, context)] : gates;
}

async function connectivity(state: ClusterState, options: CommonOptions, context: Context): Promise<Gate> {
  const ready = ('error' in state.nodes ? [] : state.nodes.value)
    .filter((node) => conditionIs(node, 'Ready', 'True') && node.spec?.unschedulable !== true)
    .map(({ metadata }) => metadata.name)
    .sort();
  // Without the context's signal: what was made must be removed after an interruption, too.
  const { env, kubeconfigPath, context: name } = kubernetesOptions(options, context);
  const { timeoutSeconds } = options;
  const kubernetes = await connectKubernetes({ env, kubeconfigPath, context: name, timeoutSeconds });
  return probe(ready, {
    core: kubernetes.of((library) => library.CoreV1Api),
    namespace: options.probeNamespace,
    image: options.probeImage,
    timeoutSeconds: 120,
    pollSeconds: 1,
    signal: context.signal,
  });
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('use a number of seconds, more than 0 and at most 86400.');
}

function calicoVersion(text: string): string {
  if (parseVersion(text) !== undefined) return text;
  throw new UsageError(`--to "${text}" is no Calico version`, 'write it in full, e.g. v3.31.7');
}
