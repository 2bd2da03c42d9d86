import { Command, InvalidArgumentError } from 'commander';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { benchEdges, benchStart } from './edges/main';
import type { Load } from './ingest/load';
import { benchIngest, type IngestOptions } from './ingest/main';
import { ingestTable } from './ingest/print';
import { benchSynth } from './synth/main';

const program = new Command('npm run bench --').description(
  'measures, each figure as a ratio to a floor of the same run',
);

program
  .command('ingest', { isDefault: true })
  .description('CPU and memory of reading, of counting, and of the whole aggregator')
  .option('--results <number>', 'flow results', positive, 1_000_000)
  .option('--windows <number>', 'windows they lie in', positive, 240)
  .option('--edges <number>', 'distinct edges', positive, 10_000)
  .option('--rounds <number>', 'times that each of them is measured', positive, 3)
  .option('--pace <number>', 'results a second that are sent, 0 = as fast as they are taken', whole, 110_000)
  .action(async ({ rounds, pace, ...load }: Load & IngestOptions) => {
    const { results, windows, edges } = load;
    console.log(
      `${results} results, ${windows} windows, ${edges} edges, ${pace === 0 ? 'as fast as taken' : `${pace} a second`}; CPU of the reading process, medians of ${rounds}`,
    );
    const before = loadAverage();
    console.log(ingestTable(await benchIngest(load, { rounds, pace })));
    console.log(`load of the machine ${before} before, ${loadAverage()} after`);
  });

program
  .command('synth')
  .description('time to synthesize both stacks, against an empty CDKTF app')
  .action(() => {
    const { emptySeconds, oursSeconds } = benchSynth();
    console.log(`empty app  ${emptySeconds.toFixed(2)} s`);
    console.log(`ours       ${oursSeconds.toFixed(2)} s  ${(oursSeconds / emptySeconds).toFixed(2)} × empty`);
  });

program
  .command('edges')
  .description(
    'size of the tables, latency of what people ask, writes of windows, start of the command; build before',
  )
  .option('--edges <number>', 'edges in the database', positive, 1_000_000)
  .option('--rounds <number>', 'questions of each kind', positive, 1_000)
  .action(async ({ edges, rounds }: { readonly edges: number; readonly rounds: number }) => {
    const { nodeSeconds, edgesSeconds } = benchStart(resolve(__dirname, '..'), 21);
    console.log(
      `start: node -e 0 ${(nodeSeconds * 1000).toFixed(0)} ms, edges --help ${(edgesSeconds * 1000).toFixed(0)} ms, ${(edgesSeconds / nodeSeconds).toFixed(2)} × node`,
    );
    console.log(`${edges} edges, ${rounds} questions of each kind`);
    const { sizes, latencies, writes } = await benchEdges(edges, rounds);
    for (const { table, rows, heapBytes, indexBytes } of sizes)
      console.log(
        `${table.padEnd(16)} ${rows} rows  ${((heapBytes + indexBytes) / 2 ** 20).toFixed(0)} MiB  ${(heapBytes / rows).toFixed(0)} + ${(indexBytes / rows).toFixed(0)} bytes a row in table + indexes`,
      );
    for (const { name, p50, p99 } of [
      ...latencies,
      { name: 'write a window', p50: writes.p50, p99: writes.p99 },
    ])
      console.log(
        `${name.padEnd(16)} p50 ${p50.toFixed(2).padStart(6)} ms  p99 ${p99.toFixed(2).padStart(6)} ms`,
      );
    console.log(
      `${writes.ledgerBytes} bytes a window in the ledger, ${(writes.heapOnly * 100).toFixed(0)} % of edge updates heap-only`,
    );
  });

void program.parseAsync();

function positive(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Allowed: whole numbers from 1.');
}

function whole(text: string): number {
  return text === '0' ? 0 : positive(text);
}

/** Of the last minute. */
function loadAverage(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}
