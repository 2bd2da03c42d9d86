import type { ResourceDiff } from '../diff';
import type { Action } from '../plan/plan';
import type { Finding, Review, Verdict } from '../review';
import type { Severity } from '../rule';

/** Words and signs that all formats share. */

interface VerdictWords {
  readonly word: string;
  readonly sentence: string;
  readonly exitCode: number;
}

export const verdicts: Readonly<Record<Verdict, VerdictWords>> = {
  clear: { word: 'CLEAR', sentence: 'nothing in this plan needs supervision', exitCode: 0 },
  supervise: { word: 'SUPERVISE', sentence: 'somebody must watch while this plan is applied', exitCode: 2 },
  refuse: { word: 'REFUSE', sentence: 'this plan must not be applied as it is', exitCode: 3 },
};

export const severities: Readonly<Record<Severity, { readonly word: string; readonly sign: string }>> = {
  refuse: { word: 'refuse', sign: '✖' },
  supervise: { word: 'supervise', sign: '▲' },
  notice: { word: 'notice', sign: '·' },
};

export const actions: Readonly<Record<Action, { readonly sign: string; readonly word: string }>> = {
  create: { sign: '+', word: 'create' },
  update: { sign: '~', word: 'update' },
  replace: { sign: '±', word: 'replace' },
  delete: { sign: '-', word: 'delete' },
  forget: { sign: '×', word: 'forget' },
  read: { sign: '=', word: 'read' },
  unrecognized: { sign: '?', word: 'unrecognized' },
  'no-op': { sign: ' ', word: 'unchanged' },
};

/** `2 create · 1 replace · 5 unchanged`, fates that nothing meets left out. */
export function countsLine(review: Review): string {
  const parts = (Object.keys(actions) as Action[])
    .filter((action) => review.summary.counts[action] > 0)
    .map((action) => `${review.summary.counts[action]} ${actions[action].word}`);
  return parts.length === 0 ? 'none' : parts.join(' · ');
}

/** Lines of the summary with their labels; those about which there is nothing to say are left out. */
export function summaryLines(review: Review): readonly (readonly [string, readonly string[]])[] {
  const { rolls, restarts, lost, opened, cut, adopted, fresh } = review.summary;
  const all: (readonly [string, readonly string[]])[] = [
    ['Rolls', rolls],
    ['Restarts', restarts],
    ['Lost', lost],
    ['Opened', opened],
    ['Cut off', cut],
    ['Adopted', adopted],
    ['New', fresh],
    ['Objects', [countsLine(review)]],
    ['Next', [nextStep(review)]],
  ];
  return all.filter(([, lines]) => lines.length > 0);
}

/** What to do now, in one or two sentences. */
function nextStep(review: Review): string {
  if (review.verdict === 'refuse') {
    return 'change the configuration and plan again; acknowledge, with a reason, what is meant all the same';
  }
  if (review.verdict === 'clear') return 'apply';
  return review.summary.rolls.length > 0
    ? '`trail roll check`, apply, `trail roll watch`'
    : 'read the findings, apply in a quiet hour, and stay until it is done';
}

/** `1 refuse, 2 supervise`; acknowledged ones counted apart. */
export function findingCounts(findings: readonly Finding[]): string {
  const parts = (Object.keys(severities) as Severity[]).map((severity) => {
    const open = findings.filter((each) => each.severity === severity && each.acknowledged === undefined);
    return open.length === 0 ? '' : `${open.length} ${severities[severity].word}`;
  });
  const accepted = findings.filter((each) => each.acknowledged !== undefined).length;
  return [...parts, accepted === 0 ? '' : `${accepted} acknowledged`]
    .filter((part) => part !== '')
    .join(', ');
}

/** `import, update`, and where it was before. */
export function fateOf(diff: ResourceDiff): string {
  const words = [
    ...(diff.imported ? ['import'] : []),
    ...(diff.action === 'no-op' ? [] : [actions[diff.action].word]),
    ...(diff.previousAddress === undefined ? [] : [`move from ${diff.previousAddress}`]),
  ];
  return words.join(', ');
}

/** One line of a diff. */
export function lineOf(line: ResourceDiff['lines'][number]): string {
  if (line.sign === '+') return `${line.path}: ${line.after ?? ''}`;
  if (line.sign === '-') return `${line.path}: ${line.before ?? ''}`;
  return `${line.path}: ${line.before ?? ''} → ${line.after ?? ''}`;
}

/** The first `limit` entries, and a line for the rest. */
export function atMost(lines: readonly string[], limit: number): readonly string[] {
  if (lines.length <= limit + 1) return lines;
  return [...lines.slice(0, limit), `… and ${lines.length - limit} more`];
}
