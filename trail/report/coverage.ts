import { span, utc } from './time';

/** A stretch of time and what the trail knows of it, as the ledger wrote it. Unix seconds, end exclusive. */
export interface CoverageRange {
  readonly start: number;
  readonly end: number;
  /** `settled` = final, `live` = streamed but never read again, `gap` = lost. */
  readonly state: 'settled' | 'live' | 'gap';
}

/** All that can be known of a time, the best first; see CoverageRange. */
export const STATES = ['settled', 'open', 'live', 'gap', 'none'] as const;

/** A stretch of an asked span. Unix seconds, end exclusive. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  /** `open` = streamed, may still grow until it is settled; `none` = before or after the record. */
  readonly state: (typeof STATES)[number];
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
 * The span `from`..`to` without holes, from the ranges of the coverage table and the writer's progress; neighbours
 * of one state are joined. Pure. Time that no range speaks of is lost inside the record, `none` before and after it.
 */
export function stretches(
  ranges: readonly CoverageRange[],
  progress: Progress | undefined,
  from: number,
  to: number,
): Stretch[] {
  const known: Stretch[] = [...ranges];
  const { settledUntil, liveUntil } = progress ?? {};
  if (settledUntil !== undefined && liveUntil !== undefined && liveUntil > settledUntil)
    known.push({ start: settledUntil, end: liveUntil, state: 'open' });
  known.sort((a, b) => a.start - b.start);
  const found: Stretch[] = [];
  let at = from;
  for (const { start, end, state } of known) {
    if (end <= at || start >= to) continue;
    if (start > at) append(found, { start: at, end: start, state: found.length === 0 ? 'none' : 'gap' });
    append(found, { start: Math.max(start, at), end: Math.min(end, to), state });
    at = Math.min(end, to);
  }
  if (at < to) append(found, { start: at, end: to, state: 'none' });
  return found;
}

/** What the stretches of a span, as `stretches` finds them, say of the record. Pure. */
export function assessCoverage(
  ranges: readonly CoverageRange[],
  progress: Progress | undefined,
  from: number,
  to: number,
): Coverage {
  const all = stretches(ranges, progress, from, to);
  const recorded: Span[] = [];
  for (const { start, end, state } of all) {
    if (state === 'gap' || state === 'none') continue;
    const last = recorded.at(-1);
    if (last?.end === start) recorded[recorded.length - 1] = { start: last.start, end };
    else recorded.push({ start, end });
  }
  const isKnown = all.some(({ state }) => state !== 'none');
  const outside = (stretch: Stretch | undefined): Span | undefined =>
    isKnown && stretch?.state === 'none' ? { start: stretch.start, end: stretch.end } : undefined;
  return {
    asked: { start: from, end: to },
    recorded,
    gaps: all.filter(({ state }) => state === 'gap').map(({ start, end }) => ({ start, end })),
    before: outside(all[0]),
    after: outside(all.at(-1)),
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

function append(found: Stretch[], next: Stretch): void {
  const last = found.at(-1);
  if (last?.state === next.state) found[found.length - 1] = { ...last, end: next.end };
  else found.push(next);
}
