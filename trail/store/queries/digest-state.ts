import { Parameters, type Query } from './query';

/** When the digest of a cluster last went through, Unix seconds; no row = never. */
export function lastDigestQuery(cluster: string): Query<number> {
  return {
    text: `SELECT extract(epoch FROM last_success_at)::float8 AS last_success_at FROM digest WHERE cluster = $1::text`,
    values: [cluster],
    parse: (row) => row['last_success_at'] as number,
  };
}

/** Notes that the digest went through at `time`, Unix seconds. */
export function digestSucceeded(cluster: string, time: number): Query<never> {
  const parameters = new Parameters();
  return {
    text: `INSERT INTO digest (cluster, last_success_at)
VALUES (${parameters.add(cluster, 'text')}, to_timestamp(${parameters.add(time, 'float8')}))
ON CONFLICT (cluster) DO UPDATE SET last_success_at = greatest(digest.last_success_at, excluded.last_success_at)`,
    values: parameters.values,
    parse: () => undefined as never,
  };
}
