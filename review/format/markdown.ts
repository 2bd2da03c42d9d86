import type { Finding, Review } from '../review';
import type { Severity } from '../rule';
import { actions, atMost, fateOf, findingCounts, lineOf, summaryLines, verdicts } from './wording';

/** GitHub refuses comments of more than 65,536 characters; the rest is room for whoever wraps this. */
const LONGEST = 60_000;

const signs: Readonly<Record<Severity, string>> = { refuse: '⛔', supervise: '⚠️', notice: 'ℹ️' };

/** Found by pipelines that update their own comment instead of adding one each time. */
export const MARKER = '<!-- trail review -->';

/** The review as a comment for a pull request, at most 60,000 characters. */
export function formatMarkdown(review: Review, options: { readonly full: boolean }): string {
  const { word, sentence } = verdicts[review.verdict];
  const sign = { clear: '✅', supervise: signs.supervise, refuse: signs.refuse }[review.verdict];
  const head = [
    MARKER,
    `## ${sign} ${word}: ${sentence}`,
    '',
    '| | |',
    '|---|---|',
    ...summaryLines(review).map(
      ([label, lines]) => `| **${label}** | ${atMost(lines, 8).map(inline).join('<br>')} |`,
    ),
    '',
    ...(review.findings.length === 0 ? [] : [`### Findings: ${findingCounts(review.findings)}`, '']),
  ];
  return fit(head.join('\n'), [...review.findings.map(finding), ...changes(review, options.full)]);
}

function finding(each: Finding): string {
  const where = each.address === undefined ? '' : ` at ${code(each.address)}`;
  const accepted = each.acknowledged;
  return [
    `${signs[each.severity]} **${inline(each.title)}** (\`${each.rule}\`)${where}`,
    '',
    ...each.seen.map((line) => `- ${inline(line.trim())}`),
    '',
    `_${inline(each.explanation)}_<br>`,
    `**Do:** ${inline(each.remedy)}`,
    ...(accepted === undefined
      ? []
      : [
          `<br>**Acknowledged** by ${inline(accepted.owner)} until ${accepted.expires}: ${inline(accepted.reason)}`,
        ]),
    '',
  ].join('\n');
}

function changes(review: Review, full: boolean): string[] {
  if (review.changes.length === 0) return [];
  const blocks = review.changes.map((diff) => {
    const object = diff.object === undefined ? '' : ` (${diff.object})`;
    const lines = diff.lines.map((line) => `${line.sign === '~' ? '!' : line.sign} ${lineOf(line)}`);
    const body = lines.length === 0 ? '' : `\n\n${fence(atMost(lines, full ? Infinity : 20))}\n`;
    const title = html(`${actions[diff.action].sign} ${diff.address}: ${fateOf(diff)}${object}`.trim());
    return `<details><summary>${title}</summary>${body}\n</details>\n`;
  });
  return ['### Changes\n', ...blocks];
}

// A fence longer than any run of backticks inside can't be closed by the plan's own text.
function fence(lines: readonly string[]): string {
  const runs = lines.flatMap((line) => [...line.matchAll(/`+/g)].map((match) => match[0].length));
  const ticks = '`'.repeat(Math.max(2, ...runs) + 1);
  return `${ticks}diff\n${lines.join('\n')}\n${ticks}`;
}

function fit(head: string, blocks: readonly string[]): string {
  let text = head;
  for (const [index, block] of blocks.entries()) {
    if (text.length + block.length + 1 > LONGEST) {
      return `${text}\n\n… ${blocks.length - index} more; the whole review is in the output of \`trail review\`.\n`;
    }
    text += `\n${block}`;
  }
  return `${text}\n`;
}

function html(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '@': '&#64;' };
  return text.replace(/[&<>@]/g, (character) => entities[character] ?? character);
}

/** Text of a plan inside Markdown: no markup, no mention of people, no cell of a table. Backticks are ours. */
function inline(text: string): string {
  return html(text).replace(/[\\*_[\]|~]/g, (character) => `\\${character}`);
}

function code(text: string): string {
  return /[`|]/.test(text) ? inline(text).replaceAll('`', '\\`') : `\`${text}\``;
}
