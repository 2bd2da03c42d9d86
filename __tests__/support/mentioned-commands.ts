import type { Command } from 'commander';
import { codeBlocks, inlineCode } from './markdown';

/** A command line of `trail` (or `edges`) that a page mentions, as words after the program's name. */
export type Words = readonly string[];

const shells = new Set(['bash', 'sh', 'shell', 'console', 'zsh']);

/** Every command line of trail in `text`: in inline code and in fenced shell blocks, after pipes too. */
export function mentionedCommands(text: string): Words[] {
  const blocks = codeBlocks(text)
    .filter(({ language }) => shells.has(language))
    .flatMap(({ code }) => code.replaceAll(/\\\n/g, ' ').split('\n'));
  return [...blocks, ...inlineCode(text)].flatMap((line) => fromLine(line));
}

/** What is wrong with `words` as a command line of `program`; undefined = nothing. */
export function problem(program: Command, words: Words): string | undefined {
  let command = program;
  for (const word of words) {
    if (word.startsWith('-') && word !== '-') {
      const flag = word.split('=')[0]!;
      if (!flags(command).has(flag)) return `${path(command)} has no option ${flag}`;
      continue;
    }
    const child = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (child !== undefined) command = child;
    else if (command === program) return `there is no command '${word}'`;
  }
  return undefined;
}

function fromLine(line: string): Words[] {
  return line
    .replace(/^\$ /, '')
    .replace(/\s#.*$/, '')
    .split(/\||&&|;/)
    .map((part) => words(part.trim()))
    .filter((found) => found !== undefined);
}

function words(part: string): Words | undefined {
  const all = part.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  let at = 0;
  while (at < all.length && (/^[A-Z_]+=/.test(all[at]!) || ['npx', 'node', 'sudo'].includes(all[at]!)))
    at += 1;
  const program = /^(?:.*\/)?(trail|edges)(?:\.js)?$/.exec(all[at] ?? '')?.[1];
  if (program === undefined || at + 1 >= all.length) return undefined;
  const rest = all.slice(at + 1);
  const redirected = rest.findIndex((word) => /^\d?[<>]/.test(word));
  const args = redirected < 0 ? rest : rest.slice(0, redirected);
  // `trail <command>`, `trail X`, `trail …`: a form, not a command line.
  if (program === 'trail' && !/^-|^[a-z][a-z0-9-]*$/.test(args[0] ?? '')) return undefined;
  return program === 'edges' ? ['edges', ...args] : args;
}

function flags(command: Command): Set<string> {
  const own = command.options.flatMap(({ short, long }) => [short, long]);
  const inherited = command.parent === null ? [] : [...flags(command.parent)];
  return new Set([...own, ...inherited, '-h', '--help'].filter((flag) => flag !== undefined));
}

function path(command: Command): string {
  return command.parent === null ? command.name() : `${path(command.parent)} ${command.name()}`;
}
