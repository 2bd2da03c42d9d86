import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The processes of a run, so that none outlives it. */
export class Processes {
  readonly #children: ChildProcess[] = [];

  /** Starts Node on `args`; its errors are shown. `env` @default this process's own */
  run(args: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
    this.#children.push(child);
    return child;
  }

  killAll(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

/** The first line that a process prints, read as JSON; further ones are dropped. */
export function firstLine<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('no stdout');
    createInterface(child.stdout).once('line', (line) => {
      resolve(JSON.parse(line) as T);
    });
    child.once('exit', (code) => {
      reject(new Error(`ended with ${code ?? 'a signal'} before its first line`));
    });
  });
}

/** Resolves once a process has ended. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else
      child.once('exit', () => {
        resolve();
      });
  });
}
