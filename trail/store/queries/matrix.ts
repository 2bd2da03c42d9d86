import { Parameters, type Query } from './query';

/** A namespace and all that it was seen talking to with a verdict of allow. */
export interface MatrixRow {
  readonly srcNs: string;
  readonly allowedDstNs: readonly string[];
}

/** Who talks to whom, allowed, one row for each source namespace, by name. */
export function matrixQuery(cluster: string): Query<MatrixRow> {
  const parameters = new Parameters();
  return {
    text: `SELECT src_ns, array_agg(dst_ns ORDER BY dst_ns) AS allowed_dst_ns FROM edge
WHERE cluster = ${parameters.add(cluster, 'text')} AND action = 'allow' GROUP BY src_ns ORDER BY src_ns`,
    values: parameters.values,
    parse: (row) => ({
      srcNs: row['src_ns'] as string,
      allowedDstNs: row['allowed_dst_ns'] as string[],
    }),
  };
}
