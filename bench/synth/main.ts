import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const ROUNDS = 5;

/** Median seconds that synthesis takes, ours and that of an empty app, run the same way and in turns. */
export function benchSynth(): { readonly emptySeconds: number; readonly oursSeconds: number } {
  const directory = mkdtempSync(join(tmpdir(), 'trail-bench-synth-'));
  try {
    const empty: number[] = [];
    const ours: number[] = [];
    // The first round fills caches and is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [app, times] of [
        ['bench/synth/empty-app.ts', empty],
        ['main.ts', ours],
      ] as const) {
        const seconds = synthesize(app, directory);
        if (round > 0) times.push(seconds);
      }
    }
    return { emptySeconds: median(empty), oursSeconds: median(ours) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function synthesize(app: string, outdir: string): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', app], {
    cwd: root,
    env: { ...process.env, CDKTF_OUTDIR: outdir, TRAIL_SETTINGS: join(root, 'settings.example.yaml') },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${app}: ${stderr}`);
  return (performance.now() - began) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
