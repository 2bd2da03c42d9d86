import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { createInterface } from 'node:readline';
import { TrailError } from '../../trail/errors';

/** A process of the demo. Its stdout is read line by line; its stderr is kept for when it fails. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves with the first line that `accept` turns into a value; rejects when the process ends before. */
  line<T>(accept: (line: string) => T | undefined, timeoutSeconds: number): Promise<T>;
  /** Asks the process to stop, insists after a while, and resolves when it is gone. */
  stop(): Promise<void>;
  /** What the process said last, for an error message. */
  lastWords(): string;
}

export interface ChildOptions {
  /** What people call it, e.g. `the aggregator`. */
  readonly name: string;
  readonly script: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const KEPT_LINES = 20;
const STOP_PATIENCE_MS = 10_000;

/** Starts `node <script>` in a process group of its own, so that a Ctrl-C reaches it through us alone. */
export function startChild(options: ChildOptions): Child {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, options.script, {
    cwd: options.cwd,
    env: options.env,
    stdio,
    detached: true,
  });
  const words: string[] = [];
  const listeners = new Set<(line: string) => void>();
  const keep = (line: string): void => {
    words.push(line);
    if (words.length > KEPT_LINES) words.shift();
  };
  if (child.stdout === null || child.stderr === null) throw new Error('a child without pipes');
  createInterface(child.stdout).on('line', (line) => {
    keep(line);
    for (const listener of listeners) listener(line);
  });
  createInterface(child.stderr).on('line', keep);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  const failure = (problem: string): TrailError =>
    new TrailError(
      'demo',
      `${options.name} ${problem}${words.length === 0 ? '' : `:\n  ${words.join('\n  ')}`}`,
      'see its words above',
    );
  return {
    process: child,
    lastWords: () => words.join('\n'),
    line: (accept, timeoutSeconds) =>
      new Promise((resolve, reject) => {
        const finish = (): void => {
          clearTimeout(timer);
          listeners.delete(listen);
        };
        const listen = (line: string): void => {
          const value = accept(line);
          if (value === undefined) return;
          finish();
          resolve(value);
        };
        const timer = setTimeout(() => {
          finish();
          reject(failure(`was not ready within ${timeoutSeconds} s`));
        }, timeoutSeconds * 1000);
        listeners.add(listen);
        void ended.then(() => {
          finish();
          reject(failure('ended before it was ready'));
        });
      }),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
      await ended;
      clearTimeout(insist);
    },
  };
}
