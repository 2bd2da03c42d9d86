import { Command, InvalidArgumentError } from 'commander';
import { calico, watchdog } from '../../contract';
import type { Context } from '../cli/context';
import { connectKubernetes } from '../kubernetes/client';
import { addKubernetesOptions, kubernetesOptions } from '../kubernetes/options';
import { FlowPlanePods } from './pods';
import { countConnectionErrors, decide } from './rule';

interface Options {
  readonly namespace: string;
  readonly errors: number;
  readonly minutes: number;
  readonly dryRun?: true;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** `trail watchdog`: one look, one decision, one line; exit code 0 unless the look itself failed. */
export function create(context: Context): Command {
  const command = new Command('watchdog')
    .description('Restart Whisker if its backend has lost Goldmane for good: one look, one decision.')
    .option('--namespace <name>', 'namespace of Goldmane and Whisker', calico.namespace)
    .option(
      `${watchdog.flags.errorThreshold} <count>`,
      'connection errors within the window from which on the backend counts as hanging',
      wholeNumber(1, 1_000_000),
      watchdog.errorThreshold,
    )
    .option(
      `${watchdog.flags.windowMinutes} <minutes>`,
      'how far back the log is read',
      wholeNumber(1, 1440),
      watchdog.windowMinutes,
    )
    .option('--dry-run', 'decide and say so, but restart nothing');
  return addKubernetesOptions(command).action((options: Options) => look(options, context));
}

async function look(options: Options, context: Context): Promise<void> {
  const kubernetes = await connectKubernetes(kubernetesOptions(options, context));
  const pods = new FlowPlanePods(
    kubernetes.of((library) => library.CoreV1Api),
    options.namespace,
  );
  const goldmaneReady = await pods.isGoldmaneReady();
  // Logs are asked for only where they can matter.
  const seen = goldmaneReady ? await pods.runningWhiskers() : [];
  const whiskerPods = [];
  for (const pod of seen) {
    const log = await pods.backendLog(pod, options.minutes);
    if (log !== undefined) {
      whiskerPods.push({ name: pod.name, connectionErrors: countConnectionErrors(log) });
    }
  }
  const decision = decide(
    { goldmaneReady, whiskerPods },
    { errorThreshold: options.errors, windowMinutes: options.minutes },
  );
  const say = (verdict: string): void => void context.stdout.write(`${verdict}: ${decision.reason}\n`);
  const chosen = seen.filter(({ name }) => decision.restart.includes(name));
  if (chosen.length === 0) {
    say('left alone');
  } else if (options.dryRun === true) {
    say('would restart whisker');
  } else {
    const deleted = [];
    for (const pod of chosen) deleted.push(await pods.delete(pod));
    say(deleted.includes(true) ? 'restarted whisker' : 'left alone, the pod was replaced meanwhile');
  }
}

function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`use a whole number from ${from} to ${to}.`);
  };
}
