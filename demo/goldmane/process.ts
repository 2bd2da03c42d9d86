import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TrailError } from '../../trail/errors';
import type { SimulatorReady } from './main';

const READY_TIMEOUT_MS = 30_000;

/** A simulated Goldmane in a process of its own. */
export interface SimulatorProcess extends SimulatorReady {
  /** Resolves with what ended it, if it ends by itself. */
  readonly ended: Promise<string>;
  /** Ends it and waits until it has ended; safe to call twice. */
  stop(): Promise<void>;
}

/** Starts a simulated Goldmane; resolves once it serves an hour of history. It ends when this process does. */
export async function startSimulator({ seed = 1 } = {}): Promise<SimulatorProcess> {
  // Not through a shell or a wrapper: the process must be our child, to end with us.
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(__dirname, 'main.ts'), '--seed', String(seed)],
    // A group of its own: at Ctrl-C we end it, after its clients.
    { stdio: ['pipe', 'pipe', 'pipe'], cwd: join(__dirname, '..', '..'), detached: true },
  );
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(`exited with ${signal ?? String(code)} ${complaint.trim()}`.trim());
    });
  });
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  const lines = createInterface(child.stdout);
  const timeout = AbortSignal.timeout(READY_TIMEOUT_MS);
  const ready = once(lines, 'line', { signal: timeout }).then(
    ([line]) => JSON.parse(String(line)) as SimulatorReady,
  );
  const failed = ended.then((reason) => {
    throw new Error(reason);
  });
  try {
    return { ...(await Promise.race([ready, failed])), ended, stop };
  } catch (cause) {
    child.kill('SIGKILL');
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TrailError(
      'simulator-failed',
      `the simulated Goldmane did not start: ${reason}`,
      'run "npm ci", then "npx tsx demo/goldmane/main.ts" to see why',
      { cause },
    );
  } finally {
    failed.catch(() => undefined);
    ready.catch(() => undefined);
  }
}
