import type { CoverageRange } from '../../report/coverage';
import { Parameters, type Query } from './query';

/** Recorded ranges of a cluster that overlap a time span, oldest first. Times in Unix seconds. */
export function coverageQuery(cluster: string, from: number, to: number): Query<CoverageRange> {
  const parameters = new Parameters();
  return {
    text: `SELECT extract(epoch FROM range_start)::float8 AS range_start,
  extract(epoch FROM range_end)::float8 AS range_end, state
FROM coverage
WHERE cluster = ${parameters.add(cluster, 'text')} AND range_end > to_timestamp(${parameters.add(from, 'float8')})
  AND range_start < to_timestamp(${parameters.add(to, 'float8')})
ORDER BY coverage.range_start`,
    values: parameters.values,
    parse: (row) => ({
      start: row['range_start'] as number,
      end: row['range_end'] as number,
      state: row['state'] as CoverageRange['state'],
    }),
  };
}
