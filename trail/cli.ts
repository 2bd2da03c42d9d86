import { run } from './cli/run';

/** Runs `argv` in this process; SIGINT and SIGTERM ask the command to stop. */
export async function main(argv: readonly string[]): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const { env, stdin, stdout, stderr } = process;
  // A reader that has seen enough, such as `head`, closes the pipe; that is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await run(argv, { env, stdin, stdout, stderr, signal: stop.signal });
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
}
