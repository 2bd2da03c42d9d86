import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One instruction of a Dockerfile, continuation lines joined: `RUN`, `npm ci && npm run build`. */
export interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** Instructions of `text` in order, comments left out. */
export function instructions(text: string): Instruction[] {
  return text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line.trim()))
    .filter((match) => match !== null)
    .map(([, name, value]) => ({ name: name!, value: value!.replaceAll(/\s+/g, ' ') }));
}

/**
 * Paths (relative, files or folders) that reach a Docker build of `root`. Understands just the form our
 * .dockerignore has: `*` first, then one `!name` or `!*.ending` of the top folder a line; throws at another.
 */
export function dockerContext(root: string): string[] {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines[0] !== '*') throw new Error('.dockerignore must refuse everything first');
  const top = readdirSync(root);
  return lines.slice(1).flatMap((line) => {
    const pattern = /^!(\*?)([\w.-]+)$/.exec(line);
    if (pattern === null) throw new Error(`.dockerignore: '${line}' is not understood here`);
    const [, star, name] = pattern as unknown as [string, string, string];
    return top.filter((each) => (star === '' ? each === name : each.endsWith(name)));
  });
}

/** Copies what a Docker build of `root` would see into the folder `target`. */
export function copyDockerContext(root: string, target: string): void {
  for (const path of dockerContext(root)) cpSync(join(root, path), join(target, path), { recursive: true });
}
