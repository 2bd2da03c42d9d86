import type { Command } from 'commander';

const start = '<!-- help: written by `npm run docs`, do not edit -->';
const end = '<!-- /help -->';

/**
 * The page of `command`: its help and that of its subcommands between two markers. What people wrote around
 * the markers of `existing` (the page as it is, undefined for a new one) is kept.
 */
export function commandPage(command: Command, existing: string | undefined): string {
  const help = [start, ...sections(command), end].join('\n\n');
  if (existing === undefined) return `# ${title(command)}\n\n${command.description()}\n\n${help}\n`;
  const [from, to] = [existing.indexOf(start), existing.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`the page of ${title(command)} has lost its markers; restore them`);
  return existing.slice(0, from) + help + existing.slice(to + end.length);
}

/** The index of all pages: one line for each command, `summary` by name. */
export function commandIndex(commands: readonly { name: string; summary: string }[]): string {
  const lines = commands.map(({ name, summary }) => `- [\`trail ${name}\`](${name}.md): ${summary}`);
  return `# Commands\n\n${lines.join('\n')}\n`;
}

function sections(command: Command): string[] {
  return [
    ...(command.commands.length > 0 ? [`## ${title(command)}`] : []),
    `\`\`\`text\n${helpText(command)}\n\`\`\``,
    ...command.commands.flatMap((child) => sections(child)),
  ];
}

function title(command: Command): string {
  return command.parent === null ? command.name() : `${title(command.parent)} ${command.name()}`;
}

// Texts added with addHelpText come with outputHelp only. Width and colour are fixed: the page must not
// depend on the terminal it was written from.
function helpText(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}
