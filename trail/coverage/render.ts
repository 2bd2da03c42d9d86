import { STATES, type Stretch } from '../report/coverage';
import type { Style } from '../report/style';
import { renderTable } from '../report/table';
import { exactSpan, isoTime, utc } from '../report/time';

/** What is known of an asked span: its stretches, in order and without holes. */
export interface CoverageReport {
  readonly cluster: string;
  readonly stretches: readonly Stretch[];
}

/** For people: the stretches, then how much of the span is in which state. Ends with a line break. */
export function renderCoverage({ stretches }: CoverageReport, style: Style): string {
  const isLost = ({ state }: { readonly state: string }): boolean => state === 'gap';
  const ranges = renderTable(
    stretches,
    [
      { title: 'FROM (UTC)', text: ({ start }) => utc(start, true) },
      { title: 'UNTIL (UTC)', text: ({ end }) => utc(end, true) },
      { title: 'STATE', text: ({ state }) => state },
      { title: 'LENGTH', text: ({ start, end }) => exactSpan(end - start), align: 'right' },
    ],
    style,
    isLost,
  );
  const sums = renderTable(
    totals(stretches),
    [
      { title: 'TOTAL', text: ({ state }) => state },
      { title: 'SHARE', text: ({ share }) => percent(share), align: 'right' },
      { title: 'LENGTH', text: ({ seconds }) => exactSpan(seconds), align: 'right' },
    ],
    style,
    isLost,
  );
  return `${ranges}\n${sums}`;
}

/** For programs; names of the fields are a contract. */
export function coverageObject({ cluster, stretches }: CoverageReport): unknown {
  return {
    cluster,
    from: isoOrNull(stretches[0]?.start),
    until: isoOrNull(stretches.at(-1)?.end),
    ranges: stretches.map(({ start, end, state }) => ({
      start: isoTime(start),
      end: isoTime(end),
      state,
      seconds: end - start,
    })),
    totals: Object.fromEntries(
      totals(stretches, STATES).map(({ state, seconds, share }) => [
        state,
        { seconds, share: Number(share.toFixed(6)) },
      ]),
    ),
  };
}

/** Seconds and share of the whole, 0 to 1, of each of `states`; by default those that occur. */
function totals(stretches: readonly Stretch[], states?: readonly Stretch['state'][]) {
  const all = stretches.reduce((sum, { start, end }) => sum + (end - start), 0);
  const wanted = states ?? STATES.filter((each) => stretches.some(({ state }) => state === each));
  return wanted.map((state) => {
    const seconds = stretches
      .filter((each) => each.state === state)
      .reduce((sum, { start, end }) => sum + (end - start), 0);
    return { state, seconds, share: all === 0 ? 0 : seconds / all };
  });
}

/** One decimal, but never 100 where something is missing nor 0 where something is there. */
function percent(share: number): string {
  const shown = share === 1 || share === 0 ? share * 100 : Math.min(99.9, Math.max(0.1, share * 100));
  return `${shown.toFixed(1)} %`;
}

function isoOrNull(time: number | undefined): string | null {
  return time === undefined ? null : isoTime(time);
}
