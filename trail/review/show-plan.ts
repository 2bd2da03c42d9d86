import { spawn } from 'node:child_process';
import { TrailError } from '../errors';

interface ShowOptions {
  readonly terraform?: string | undefined;
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** What `terraform show -json FILE` (or tofu) prints. Throws a TrailError with what it complained of. */
export async function showPlan(file: string, options: ShowOptions): Promise<Uint8Array> {
  const programs = options.terraform === undefined ? ['terraform', 'tofu'] : [options.terraform];
  for (const program of programs) {
    const result = await run(program, file, options);
    if (result !== 'missing') return result;
  }
  throw new TrailError(
    'terraform-missing',
    `a plan file needs Terraform to be read, and there is no ${programs.join(' and no ')}`,
    'pass what `terraform show -json PLAN` prints instead, or name the program with --terraform',
  );
}

function run(
  program: string,
  file: string,
  { directory, signal }: ShowOptions,
): Promise<Uint8Array | 'missing'> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [`-chdir=${directory}`, 'show', '-json', '-no-color', file], {
      signal,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1' },
    });
    const output: Buffer[] = [];
    let complaints = '';
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve('missing');
      else reject(error);
    });
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output));
      else {
        // Warnings may come first; the error is what counts.
        const lines = complaints.split('\n').filter((each) => /\w/.test(each));
        const line =
          lines.find((each) => each.includes('Error')) ?? lines[0] ?? `exit code ${code ?? 'none'}`;
        reject(
          new TrailError(
            'terraform-failed',
            `${program} show can't read this plan file: ${line.replace(/^[\s\u2502\u2577\u2575]+/, '')}`,
            `run it where \`${program} init\` was run (--chdir), with the same version that made the plan`,
          ),
        );
      }
    });
  });
}
