import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { bundle } from '../../scripts/build/bundle';
import { runAggregator, type AggregatorRun } from './aggregator';
import { perWindow, type Load } from './load';
import type { FloorMeasured, Measured, ReaderMeasured } from './measured';
import { ended, firstLine, Processes } from './processes';

/** One round: floor and subjects on the same load, one after the other, each in a process of its own. */
export interface IngestRound {
  readonly floor: FloorMeasured;
  readonly reader: ReaderMeasured;
  readonly aggregator: AggregatorRun;
}

export interface IngestOptions {
  readonly rounds: number;
  /** What the load server sends, results a second; 0 = as fast as they are taken. */
  readonly pace: number;
}

const root = resolve(__dirname, '../..');

/** Measures floor, reader and the whole aggregator on one load, `rounds` times in turn. */
export async function benchIngest(load: Load, { rounds, pace }: IngestOptions): Promise<IngestRound[]> {
  const directory = mkdtempSync(join(tmpdir(), 'trail-bench-'));
  const processes = new Processes();
  try {
    // The program as it is deployed: what it loads beside counting is part of its memory.
    await bundle(root, directory);
    buildSync({
      entryPoints: ['load-server', 'floor', 'reader'].map((name) => join(__dirname, `${name}.ts`)),
      outdir: directory,
      bundle: true,
      platform: 'node',
      target: 'node20',
      entryNames: '[name]',
    });
    const server = processes.run([
      join(directory, 'load-server.js'),
      JSON.stringify(load),
      String(pace),
      directory,
    ]);
    const { port } = await firstLine<{ port: number }>(server);
    const total = perWindow(load) * load.windows;
    const client = async <T extends Measured>(script: string): Promise<T> => {
      const args = [port, directory, total, perWindow(load)].map(String);
      const child = processes.run([join(directory, script), ...args]);
      const measured = await firstLine<T>(child);
      await ended(child);
      return measured;
    };
    const all: IngestRound[] = [];
    for (let round = 0; round < rounds; round++)
      all.push({
        floor: await client<FloorMeasured>('floor.js'),
        reader: await client<ReaderMeasured>('reader.js'),
        aggregator: await runAggregator(directory, port, load, processes),
      });
    return all;
  } finally {
    processes.killAll();
    rmSync(directory, { recursive: true, force: true });
  }
}
