import type { Command } from 'commander';

/** What can be completed after a command. */
export interface CommandWords {
  /** The command as it is typed, e.g. `trail edges explain`. */
  readonly path: string;
  readonly summary: string;
  readonly options: readonly {
    readonly flag: string;
    readonly summary: string;
    readonly choices: readonly string[];
  }[];
  readonly commands: readonly CommandWords[];
  /** Words that the first argument can be. */
  readonly choices: readonly string[];
}

/** A command and all below it. */
export function describeCommand(command: Command, parent = ''): CommandWords {
  const path = `${parent}${parent === '' ? '' : ' '}${command.name()}`;
  const options = command.options.map(({ long, short, description, argChoices }) => ({
    flag: long ?? short ?? '',
    summary: description,
    choices: argChoices ?? [],
  }));
  return {
    path,
    summary: command.description(),
    options: [...options, { flag: '--help', summary: 'show help', choices: [] }],
    commands: command.commands.map((child) => describeCommand(child, path)),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
}
