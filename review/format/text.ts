import type { ResourceDiff } from '../diff';
import type { Finding, Review } from '../review';
import type { Severity } from '../rule';
import {
  actions,
  atMost,
  fateOf,
  findingCounts,
  lineOf,
  severities,
  summaryLines,
  verdicts,
} from './wording';

/** How words are emphasized; each returns its argument where colours are off. */
export type Paint = Readonly<Record<'bold' | 'dim' | 'red' | 'yellow' | 'green', (text: string) => string>>;

const asIs = (text: string): string => text;

/** No emphasis at all. */
export const plain: Paint = { bold: asIs, dim: asIs, red: asIs, yellow: asIs, green: asIs };

export interface TextOptions {
  readonly paint: Paint;
  /** Columns to wrap at. */
  readonly width: number;
  /** Every line of every list instead of the first ones. */
  readonly full: boolean;
}

const LINES_PER_DIFF = 12;
const LINES_PER_SUMMARY = 6;
const PLACES_PER_FINDING = 10;
const DIFFS = 100;

/** The review for a terminal: verdict, summary, findings, changes. */
export function formatText(review: Review, options: TextOptions): string {
  const { paint } = options;
  const { word, sentence } = verdicts[review.verdict];
  const color = { clear: paint.green, supervise: paint.yellow, refuse: paint.red }[review.verdict];
  return [
    `${color(paint.bold(word))}  ${sentence}`,
    '',
    ...summary(review, options),
    ...findings(review, options),
    ...changes(review, options),
    '',
  ].join('\n');
}

function summary(review: Review, { paint, width, full }: TextOptions): string[] {
  return summaryLines(review).flatMap(([label, lines]) =>
    atMost(lines, full ? Infinity : LINES_PER_SUMMARY).flatMap((line, index) =>
      wrap(line, width, {
        lead: `  ${index === 0 ? paint.bold(label.padEnd(9)) : ' '.repeat(9)}`,
        indent: 13,
        leadWidth: 11,
      }),
    ),
  );
}

function findings(review: Review, options: TextOptions): string[] {
  if (review.findings.length === 0) return [];
  // One heading for a rule, a severity and a remedy: what differs is where.
  const groups = new Map<string, Finding[]>();
  for (const finding of review.findings) {
    const key = JSON.stringify([finding.severity, finding.rule, finding.remedy, finding.acknowledged]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [
    '',
    `${options.paint.bold('Findings')}  ${findingCounts(review.findings)}`,
    ...[...groups.values()].flatMap((group) => findingGroup(group, options)),
  ];
}

function findingGroup(group: readonly Finding[], options: TextOptions): string[] {
  const { paint, width, full } = options;
  const first = group[0];
  if (first === undefined) return [];
  const { sign, word } = severities[first.severity];
  const shown = full ? group : group.slice(0, PLACES_PER_FINDING);
  const places = shown.flatMap((finding) => [
    ...(finding.address === undefined ? [] : [`    ${finding.address}`]),
    ...atMost(finding.seen, full ? Infinity : 15).flatMap((line) =>
      wrap(line, width, { lead: ' '.repeat(6), indent: 8 }),
    ),
  ]);
  const labelled = (label: string, text: string): string[] =>
    wrap(text, width, { lead: `    ${label.padEnd(5)}`, indent: 9 });
  const accepted = first.acknowledged;
  return [
    '',
    `  ${severityPaint(first.severity, paint)(sign)} ${paint.bold(first.title)}  ${paint.dim(`${word} · ${first.rule}`)}`,
    ...places,
    ...(group.length > shown.length
      ? [`    … and at ${group.length - shown.length} more places (--full)`]
      : []),
    // A notice asks for nothing: one line less to read.
    ...(first.severity === 'notice' ? [] : labelled('why', first.explanation)),
    ...(first.severity === 'notice' ? [] : labelled('do', first.remedy)),
    ...(accepted === undefined
      ? []
      : labelled('ok', `acknowledged by ${accepted.owner} until ${accepted.expires}: ${accepted.reason}`)),
  ];
}

function severityPaint(severity: Severity, paint: Paint): (text: string) => string {
  return { refuse: paint.red, supervise: paint.yellow, notice: paint.dim }[severity];
}

function changes(review: Review, options: TextOptions): string[] {
  if (review.changes.length === 0) return [];
  const shown = options.full ? review.changes : review.changes.slice(0, DIFFS);
  const rest = review.changes.length - shown.length;
  return [
    '',
    options.paint.bold('Changes'),
    ...shown.flatMap((diff) => change(diff, options)),
    ...(rest > 0 ? [`  … and ${rest} more objects (--full)`] : []),
  ];
}

function change(diff: ResourceDiff, { paint, full }: TextOptions): string[] {
  const { sign } = actions[diff.action];
  const color = { '+': paint.green, '-': paint.red, '±': paint.red }[sign] ?? paint.yellow;
  const object = diff.object === undefined ? '' : `  ${paint.dim(diff.object)}`;
  const lines = diff.lines.map((line) => `${line.sign} ${lineOf(line)}`);
  return [
    `  ${color(sign)} ${diff.address}  ${fateOf(diff)}${object}`,
    ...atMost(lines, full ? Infinity : LINES_PER_DIFF).map((line) => `      ${line}`),
  ];
}

interface Margin {
  readonly lead: string;
  /** Columns of the following lines. */
  readonly indent: number;
  /** Columns that `lead` takes, where it holds colour codes. */
  readonly leadWidth?: number;
}

/** Breaks a text at spaces; spaces that it begins with are kept. */
function wrap(text: string, width: number, margin: Margin): string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? '';
  let room = width - (margin.leadWidth ?? margin.lead.length);
  for (const word of text.trimStart().split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
      room = width - margin.indent;
    } else line = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, line].map(
    (each, index) => `${index === 0 ? margin.lead : ' '.repeat(margin.indent)}${each}`,
  );
}
