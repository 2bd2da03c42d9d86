import { paint, type Style } from '../report/style';
import type { Finding, Status } from './judge';

const colours = { ok: 'green', warn: 'yellow', fail: 'red', unknown: 'magenta' } as const satisfies Record<
  Status,
  string
>;

/** One line for each finding. Ends with a line break where there is any. */
export function renderFindings(findings: readonly Finding[], style: Style): string {
  return findings
    .map(({ check, status, detail }) => {
      const word = paint(style, colours[status], status.toUpperCase().padEnd(7));
      return `${word} ${check.padEnd(11)} ${detail}\n`;
    })
    .join('');
}
