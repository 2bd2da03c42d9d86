import type { CommandWords } from './words';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/** The completion script of a shell, for `trail` and its short name `edges`. */
export function completionScript(shell: Shell, root: CommandWords): string {
  switch (shell) {
    case 'bash':
      return bash(root);
    case 'zsh':
      // zsh runs bash's completions; it needs no script of its own.
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(root)}`;
    case 'fish':
      return fish(root);
  }
}

function all(command: CommandWords): readonly CommandWords[] {
  return [command, ...command.commands.flatMap(all)];
}

/** Finds the longest command among the words typed so far, then offers what can follow it. */
function bash(root: CommandWords): string {
  const cases = all(root).map(({ path, options, commands, choices }) => {
    const words = [
      ...commands.map((child) => lastWord(child.path)),
      ...choices,
      ...options.map(({ flag }) => flag),
    ];
    return `    '${path}') words='${words.join(' ')}' ;;`;
  });
  const values = all(root).flatMap(({ path, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map(({ flag, choices }) => `    '${path} ${flag}') words='${choices.join(' ')}' ;;`),
  );
  const known = all(root).map(({ path }) => `'${path}'`);
  return `_trail_complete() {
  local command=trail word words='' index current="\${COMP_WORDS[COMP_CWORD]}"
  [ "\${COMP_WORDS[0]##*/}" = edges ] && command='trail edges'
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$command $word" in
    ${known.join(' | ')}) command="$command $word" ;;
    esac
  done
  case "$command" in
${cases.join('\n')}
  esac
  case "$command \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _trail_complete trail edges
`;
}

function fish(root: CommandWords): string {
  const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
  const lines = all(root).flatMap(({ path, options, commands, choices }) => {
    const names = path.split(' ').slice(1);
    const here = ['__trail_at', ...names].join(' ');
    return [
      ...commands.map(
        (child) =>
          `complete -c trail -n ${quote(here)} -a ${lastWord(child.path)} -d ${quote(child.summary)}`,
      ),
      ...(choices.length === 0 ? [] : [`complete -c trail -n ${quote(here)} -a ${quote(choices.join(' '))}`]),
      ...options.map(
        ({ flag, summary, choices: values }) =>
          `complete -c trail -n ${quote(here)} -l ${flag.replace(/^--/, '')} -d ${quote(summary)}${values.length === 0 ? '' : ` -x -a ${quote(values.join(' '))}`}`,
      ),
    ];
  });
  const names = all(root).flatMap(({ path }) =>
    path.includes(' ') ? [path.slice(path.indexOf(' ') + 1)] : [],
  );
  return `function __trail_at --description 'whether the command line so far names just this command'
  set -l typed
  for word in (commandline -opc)[2..]
    set -l longer (string join ' ' -- $typed $word)
    contains -- $longer ${names.map(quote).join(' ')}; and set -a typed $word
  end
  test "$typed" = "$argv"
end
complete -c trail -f
${lines.join('\n')}
complete -c edges -f -w 'trail edges'
`;
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf(' ') + 1);
}
