import { Command, CommanderError } from 'commander';
import { TrailError } from '../errors';
import type { CommandModule, Context } from './context';
import { registry } from './registry';

/**
 * Runs one command line (`argv` without node and script) and returns the exit code: 0 done, 1 failed,
 * 2 wrong usage, others as the command documents. Never throws and never exits the process.
 */
export async function run(argv: readonly string[], base: Omit<Context, 'setExitCode'>): Promise<number> {
  let exitCode = 0;
  const context: Context = { ...base, setExitCode: (code) => (exitCode = code) };
  try {
    const program = await createProgram(context, argv[0]);
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, context, registry[argv[0] ?? '']?.usageExitCode);
  }
}

/** The whole command tree; only `only` is loaded in full where given, the others are listed by name. */
export async function createProgram(context: Context, only?: string): Promise<Command> {
  const program = new Command('trail');
  program.description('Who talked to whom on a Calico cluster, and since when.');
  program.usage('<command> [options]');
  program.helpCommand(false);
  // Options belong to the command that they follow; some have subcommands with options of the same name.
  program.enablePositionalOptions();
  for (const [name, entry] of Object.entries(registry)) {
    if (only === undefined || only === name) {
      const module: CommandModule = await entry.load();
      program.addCommand(module.create(context));
    } else {
      program.command(name).description(entry.summary);
    }
  }
  configure(program, context);
  program.action((_options, command: Command) => {
    const name = command.args[0];
    if (name === undefined) program.help({ error: true });
    program.error(`error: unknown command '${name}'; 'trail --help' lists the commands`, { exitCode: 2 });
  });
  program.allowExcessArguments();
  return program;
}

function configure(command: Command, context: Context): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => context.stdout.write(text),
    writeErr: (text) => context.stderr.write(text),
  });
  command.showHelpAfterError();
  for (const child of command.commands) configure(child, context);
}

function report(error: unknown, context: Context, usageExitCode = 2): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    return usageExitCode;
  }
  if (error instanceof TrailError) {
    context.stderr.write(`trail: ${error.message}\n`);
    return error.exitCode;
  }
  context.stderr.write(`trail: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}
