import { Command, InvalidArgumentError } from 'commander';
import { benchIngest } from './ingest/main';
import { benchSynth } from './synth/main';

interface IngestOptions {
  readonly results: number;
  readonly windows: number;
  readonly edges: number;
}

const program = new Command('npm run bench --').description(
  'measures, each figure as a ratio to a floor of the same run',
);

program
  .command('ingest', { isDefault: true })
  .description('CPU and memory of reading, of counting, and of the whole aggregator')
  .option('--results <number>', 'flow results', positive, 1_000_000)
  .option('--windows <number>', 'windows they lie in', positive, 240)
  .option('--edges <number>', 'distinct edges', positive, 10_000)
  .action(async ({ results, windows, edges }: IngestOptions) => {
    const measured = await benchIngest({ results, windows, edges });
    const floor = measured.floor.cpuSeconds / measured.floor.results;
    console.log(`${results} results, ${windows} windows, ${edges} edges; CPU of the reading process`);
    for (const [name, { cpuSeconds, results: read, peakMiB }] of Object.entries(measured)) {
      const each = cpuSeconds / read;
      const [micros, ratio] = [(each * 1e6).toFixed(2).padStart(6), (each / floor).toFixed(2)];
      console.log(
        `${name.padEnd(11)} ${micros} µs a result  ${ratio} × floor  peak ${peakMiB.toFixed(0)} MiB`,
      );
    }
  });

program
  .command('synth')
  .description('time to synthesize both stacks, against an empty CDKTF app')
  .action(() => {
    const { emptySeconds, oursSeconds } = benchSynth();
    console.log(`empty app  ${emptySeconds.toFixed(2)} s`);
    console.log(`ours       ${oursSeconds.toFixed(2)} s  ${(oursSeconds / emptySeconds).toFixed(2)} × empty`);
  });

void program.parseAsync();

function positive(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Allowed: whole numbers from 1.');
}
