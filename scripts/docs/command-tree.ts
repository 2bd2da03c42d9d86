import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { createProgram } from '../../trail/cli/run';

/** Every command of `trail` with its options, to be read and not run. */
export function commandTree(): Promise<Command> {
  return createProgram({
    env: {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    signal: new AbortController().signal,
    setExitCode: () => undefined,
  });
}
