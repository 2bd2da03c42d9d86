import { span, utc } from './time';

/** A stretch of time and what the trail knows of it, as the ledger wrote it. Unix seconds, end exclusive. */
export interface CoverageRange {
  readonly start: number;
  readonly end: number;
  /** `settled` = final, `live` = streamed but never read again, `gap` = lost. */
  readonly state: 'settled' | 'live' | 'gap';
}

/** How far a writer came; see WriterState. */
interface Progress {
  readonly settledUntil: number | undefined;
  readonly liveUntil: number | undefined;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** What the trail can and can't know about the span that was asked for. Unix seconds. */
export interface Coverage {
  readonly asked: Span;
  /** Stretches that were recorded, in order; neighbours are joined. */
  readonly recorded: readonly Span[];
  /** Stretches within the record that were lost. */
  readonly gaps: readonly Span[];
  /** The asked span starts earlier than the record does. */
  readonly before: Span | undefined;
  /** The asked span ends later than the record reaches. */
  readonly after: Span | undefined;
  readonly recordedSeconds: number;
}

/** Windows are 15 s and arrive up to 30 s after they close; a record that ends later than this is behind. */
export const FRESH_SECONDS = 120;

/**
 * Puts together the ranges of the coverage table and the writer's progress for the span `from`..`to`. Pure.
 * Time that no range speaks of counts as lost inside the record, and as outside of it before and after.
 */
export function assessCoverage(
  ranges: readonly CoverageRange[],
  progress: Progress | undefined,
  from: number,
  to: number,
): Coverage {
  const known: CoverageRange[] = [...ranges];
  const { settledUntil, liveUntil } = progress ?? {};
  if (settledUntil !== undefined && liveUntil !== undefined && liveUntil > settledUntil)
    known.push({ start: settledUntil, end: liveUntil, state: 'live' });
  const clipped = known
    .map(({ start, end, state }) => ({ start: Math.max(start, from), end: Math.min(end, to), state }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start);
  const recorded: Span[] = [];
  const gaps: Span[] = [];
  let at: number | undefined;
  for (const { start, end, state } of clipped) {
    if (at !== undefined && start > at) append(gaps, { start: at, end: start });
    append(state === 'gap' ? gaps : recorded, { start, end });
    at = Math.max(at ?? end, end);
  }
  const first = clipped[0]?.start;
  return {
    asked: { start: from, end: to },
    recorded,
    gaps,
    before: first === undefined || first <= from ? undefined : { start: from, end: first },
    after: at === undefined || at >= to ? undefined : { start: at, end: to },
    recordedSeconds: recorded.reduce((sum, { start, end }) => sum + (end - start), 0),
  };
}

/**
 * What must be said beside an answer about the asked span, one sentence each: gaps, a late beginning, a record
 * that is behind. None where the whole span was recorded.
 */
export function coverageNotes({ asked, recorded, gaps, before, after }: Coverage): string[] {
  if (recorded.length === 0 && gaps.length === 0)
    return [
      `nothing was recorded from ${utc(asked.start)} to ${utc(asked.end)} UTC: no evidence, not no traffic`,
    ];
  const notes: string[] = [];
  if (before !== undefined) notes.push(`the record begins ${utc(before.end)} UTC`);
  const shown = gaps.slice(-MAX_GAPS);
  if (shown.length < gaps.length)
    notes.push(
      `${gaps.length - shown.length} earlier ${gaps.length - shown.length === 1 ? 'gap is' : 'gaps are'} not shown`,
    );
  for (const { start, end } of shown)
    notes.push(
      `no record from ${utc(start)} to ${utc(end)} UTC (${span(end - start)}): what was seen then only is unknown`,
    );
  if (after !== undefined && after.end - after.start > FRESH_SECONDS)
    notes.push(
      `the record reaches to ${utc(after.start)} UTC only: it is ${span(after.end - after.start)} behind`,
    );
  return notes;
}

const MAX_GAPS = 3;

function append(spans: Span[], next: Span): void {
  const last = spans.at(-1);
  if (last !== undefined && next.start <= last.end)
    spans[spans.length - 1] = { start: last.start, end: Math.max(last.end, next.end) };
  else spans.push(next);
}
