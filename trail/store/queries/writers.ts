import type { Query } from './query';

/** How far the record of one cluster reaches. Times in Unix seconds; undefined = nothing yet. */
export interface WriterState {
  readonly cluster: string;
  /** Every window up to here is final. */
  readonly settledUntil: number | undefined;
  /** Every window up to here is in the totals and may still grow. */
  readonly liveUntil: number | undefined;
}

/** All clusters of this trail, by name. */
export function writersQuery(): Query<WriterState> {
  return {
    text: `SELECT cluster, extract(epoch FROM settled_until)::float8 AS settled_until,
  extract(epoch FROM live_until)::float8 AS live_until
FROM writer ORDER BY cluster`,
    values: [],
    parse: (row) => ({
      cluster: row['cluster'] as string,
      settledUntil: (row['settled_until'] as number | null) ?? undefined,
      liveUntil: (row['live_until'] as number | null) ?? undefined,
    }),
  };
}
