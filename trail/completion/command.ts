import { Argument, Command } from 'commander';
import type { Context } from '../cli/context';
import { completionScript, SHELLS, type Shell } from './scripts';
import { describeCommand } from './words';

/** `trail completion SHELL`: a script that the shell loads, made from the commands themselves. */
export function create(context: Context): Command {
  return new Command('completion')
    .description('Print a script that completes commands and options in your shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
bash: source <(trail completion bash)          in ~/.bashrc
zsh:  source <(trail completion zsh)           in ~/.zshrc, after compinit
fish: trail completion fish | source           in ~/.config/fish/config.fish`,
    )
    .action(async (shell: Shell) => {
      const { createProgram } = await import('../cli/run');
      context.stdout.write(completionScript(shell, describeCommand(await createProgram(context))));
    });
}
