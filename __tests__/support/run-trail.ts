import { PassThrough } from 'node:stream';
import { run } from '../../trail/cli/run';

/** What one run of the command line wrote and how it ended. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `trail` in this process with its own environment and streams. */
export async function runTrail(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  const stdout = collector();
  const stderr = collector();
  const exitCode = await run(argv, {
    env,
    stdin: new PassThrough().end(),
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal,
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

function collector(): { readonly stream: PassThrough; readonly text: () => string } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
