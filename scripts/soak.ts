import { Command, InvalidArgumentError } from 'commander';
import { Soak, type MemorySample, type SoakFigures } from '../__tests__/support/soak';
import { slope } from './soak/slope';

interface Options {
  readonly kills: number;
  readonly minutes: number;
  readonly seed: number;
}

/** What is left out at the beginning of the stretch, where caches and the ledger fill; hours of traffic. */
const WARM_UP_HOURS = 3;
/** Least that memory is judged by; a process that has run for less is still settling in. */
const JUDGED_HOURS = 5;
/** Most that memory may grow by; what the system calls resident wavers, but not that far over so many hours. */
const MAX_MIB_PER_HOUR = 0.5;

new Command('npm run soak --')
  .description(
    'treats a real aggregator badly for long, compares every edge with what was sent, and watches its memory',
  )
  .option('--kills <number>', 'kill -9 at random moments, with other faults between', wholeNumber, 100)
  .option(
    '--minutes <number>',
    'length of the stretch without a kill that memory is judged by',
    wholeNumber,
    20,
  )
  .option('--seed <number>', 'decides which faults are made and when', wholeNumber, 1)
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(
      `soak: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  });

async function main({ kills, minutes, seed }: Options): Promise<void> {
  const soak = await Soak.open(seed, (text) => {
    console.log(text);
  });
  try {
    await soak.kill(kills);
    if (minutes > 0) await soak.stretch(minutes);
    const growth = report(soak.figures);
    if (growth > MAX_MIB_PER_HOUR) throw new Error(`memory grows: more than ${MAX_MIB_PER_HOUR} MiB an hour`);
    console.log('exact   everything that was sent, and nothing twice');
  } catch (error) {
    process.stderr.write(`to repeat: npm run soak -- --kills ${kills} --minutes ${minutes} --seed ${seed}\n`);
    throw error;
  } finally {
    await soak.close();
  }
}

/** Prints what was done and seen; returns the growth of memory in MiB per hour of traffic, 0 where none was measured. */
function report({ faults, checkpoints, edges, flows, hours, killedMiB, stretch }: SoakFigures): number {
  console.log(`traffic ${hours.toFixed(1)} h, ${edges} edges, ${flows} flows, compared ${checkpoints} times`);
  for (const [name, times] of faults) console.log(`fault   ${String(times).padStart(5)} × ${name}`);
  if (killedMiB.length > 0) console.log(`memory  ${range(killedMiB)} of processes that were killed`);
  if (stretch.length > 0) {
    console.log(
      `memory  ${eighths(stretch, 'residentMiB')} MiB resident, mean of each eighth without a kill`,
    );
    console.log(`memory  ${eighths(stretch, 'heldMiB')} MiB of it held by JavaScript`);
  }
  const judged = stretch.filter((sample) => sample.hours >= WARM_UP_HOURS && sample.residentMiB > 0);
  const over = (judged.at(-1)?.hours ?? 0) - WARM_UP_HOURS;
  if (over < JUDGED_HOURS) {
    console.log(`memory  not judged: that takes ${WARM_UP_HOURS + JUDGED_HOURS} h of traffic without a kill`);
    return 0;
  }
  const growth = slope(judged.map(({ hours: x, residentMiB: y }) => [x, y]));
  console.log(
    `memory  ${growth >= 0 ? '+' : ''}${growth.toFixed(3)} MiB per hour of traffic, over ${over.toFixed(1)} h in ${judged.length} samples; allowed ${MAX_MIB_PER_HOUR}`,
  );
  return growth;
}

function eighths(samples: readonly MemorySample[], of: 'residentMiB' | 'heldMiB'): string {
  const means = Array.from({ length: 8 }, (_, index) => {
    const part = samples.slice((index * samples.length) / 8, ((index + 1) * samples.length) / 8);
    return part.reduce((sum, sample) => sum + sample[of], 0) / part.length;
  });
  return means.map((mean) => mean.toFixed(1)).join(' ');
}

function range(mib: readonly number[]): string {
  return `${Math.min(...mib).toFixed(0)} to ${Math.max(...mib).toFixed(0)} MiB`;
}

function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Allowed: whole numbers from 0.');
}
