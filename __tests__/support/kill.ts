import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../demo/goldmane/random';
import type { AggregatorProcess } from './aggregator';
import { eventually } from './eventually';
import type { Scene } from './scene';

/** From before the lease to after the first commits. */
const LONGEST_LIFE_MS = 2_500;

/**
 * Starts an aggregator, does `meanwhile` (a window passes), and ends it with SIGKILL at a random moment. Throws
 * where it has ended before by itself.
 */
export async function killAtRandomMoment(
  scene: Scene,
  random: Random,
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly meanwhile?: (aggregator: AggregatorProcess) => void | Promise<void>;
  } = {},
): Promise<void> {
  const aggregator = scene.start(options.env);
  const moment = random.integer(0, LONGEST_LIFE_MS);
  await eventually(() => aggregator.logged('started'), 'it starts');
  if (options.meanwhile === undefined) scene.pass(1);
  else await options.meanwhile(aggregator);
  // Not a wait for anything: a random moment is what is tested.
  await delay(moment);
  if (aggregator.process.exitCode !== null)
    throw new Error(`the aggregator ended with ${aggregator.process.exitCode}: ${aggregator.stderr}`);
  await aggregator.kill('SIGKILL');
}
