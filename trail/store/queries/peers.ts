import type { Action } from '../../flow/action';
import { conditionsSql, type EdgeConditions } from './edge-conditions';
import { Parameters, type Query } from './query';

/** A namespace that another one exchanges traffic with, in either direction, and with which verdict. */
export interface Peer {
  readonly peer: string;
  readonly action: Action;
}

/** Distinct peers of namespace `of` and the verdicts between them, by name. */
export function peersQuery(conditions: EdgeConditions, of: string, limit: number): Query<Peer> {
  const parameters = new Parameters();
  const where = conditionsSql(conditions, parameters);
  const one = parameters.add(of, 'text');
  return {
    text: `SELECT peer, action FROM (
  SELECT dst_ns AS peer, action FROM edge WHERE ${where} AND src_ns = ${one}
  UNION
  SELECT src_ns AS peer, action FROM edge WHERE ${where} AND dst_ns = ${one}
) AS either ORDER BY peer, action LIMIT ${parameters.add(limit, 'bigint')}`,
    values: parameters.values,
    parse: (row) => ({ peer: row['peer'] as string, action: row['action'] as Action }),
  };
}
