import { assessCoverage, coverageNotes, type Coverage } from '../report/coverage';
import { coverageQuery } from '../store/queries/coverage';
import type { Asked } from './reader-options';

/** What the trail can know about a span of time, Unix seconds. */
export async function evidence(
  { reader, cluster, writer }: Asked,
  from: number,
  to: number,
): Promise<Coverage> {
  const [ranges] = await reader.ask(coverageQuery(cluster, from, to));
  return assessCoverage(ranges, writer, from, to);
}

/** Why there may be no row: whether the time that was asked for was recorded at all. */
export async function explainNothing(asked: Asked, from: number | undefined, to: number): Promise<string> {
  const coverage = await evidence(asked, from ?? 0, to);
  // Without a beginning of its own, the question is about the record, wherever it begins.
  const about =
    from === undefined && coverage.before !== undefined ? { ...coverage, before: undefined } : coverage;
  if (coverage.recorded.length === 0) {
    const since = asked.writer?.settledUntil;
    const earlier =
      since === undefined ? '' : '; an earlier aggregator left rows without saying what it covered';
    return from === undefined
      ? `nothing was ever recorded for cluster '${asked.cluster}'${earlier}`
      : coverageNotes(coverage).join('; ');
  }
  const notes = coverageNotes(about);
  return notes.length === 0 ? 'the whole time was recorded' : notes.join('; ');
}
