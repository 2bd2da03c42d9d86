import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from './child';
import { TrailError } from '../../trail/errors';

/** What one synthesized stack contains. */
export interface StackSummary {
  readonly name: string;
  /** Resource types with how many there are of each. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Synthesizes both stacks from the example settings to `cdktf.out`, as `npm run synth` does. */
export async function synthesize(root: string): Promise<readonly StackSummary[]> {
  const child = startChild({
    name: 'synthesis',
    script: [join(root, 'dist/main.js')],
    cwd: root,
    env: { ...process.env, TRAIL_SETTINGS: join(root, 'settings.example.yaml') },
  });
  const code = await new Promise<number | null>((resolve) => child.process.once('close', resolve));
  if (code !== 0) {
    throw new TrailError(
      'synthesis',
      `exit code ${code ?? 'none'}:\n${child.lastWords()}`,
      'correct settings.example.yaml',
    );
  }
  const manifest = readJson(join(root, 'cdktf.out/manifest.json')) as {
    stacks: Record<string, { name: string; synthesizedStackPath: string }>;
  };
  return Object.values(manifest.stacks).map(({ name, synthesizedStackPath }) => {
    const stack = readJson(join(root, 'cdktf.out', synthesizedStackPath)) as {
      resource?: Record<string, object>;
    };
    const resources = Object.entries(stack.resource ?? {}).map(([type, each]) => [
      type,
      Object.keys(each).length,
    ]);
    return { name, resources: Object.fromEntries(resources) as Record<string, number> };
  });
}

/** A stack as a line and its resource types below. */
export function describeStack({ name, resources }: StackSummary): string {
  const total = Object.values(resources).reduce((sum, count) => sum + count, 0);
  const types = Object.entries(resources).map(([type, count]) => `    ${String(count).padStart(3)}  ${type}`);
  return [`  ${name}: ${total} resources`, ...types].join('\n');
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
