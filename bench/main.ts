import { benchIngest } from './ingest/main';

/** `npm run bench [-- RESULTS [WINDOWS [EDGES]]]`: what reading costs, as a ratio to its floor in the same run. */
async function main(): Promise<void> {
  const [results = 1_000_000, windows = 240, edges = 10_000] = process.argv.slice(2).map(Number);
  const measured = await benchIngest({ results, windows, edges });
  const floor = measured.floor.cpuSeconds / measured.floor.results;
  console.log(`${results} results, ${windows} windows, ${edges} edges; CPU of the reading process`);
  for (const [name, { cpuSeconds, results: read, peakMiB }] of Object.entries(measured)) {
    const each = cpuSeconds / read;
    console.log(
      `${name.padEnd(11)} ${(each * 1e6).toFixed(2).padStart(6)} µs a result  ${(each / floor).toFixed(2)} × floor  peak ${peakMiB.toFixed(0)} MiB`,
    );
  }
}

void main();
