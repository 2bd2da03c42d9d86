import type { ServiceEdge } from '../../report/edge';
import { conditionsSql, type EdgeConditions } from './edge-conditions';
import { edgeColumns, parseServiceEdge } from './edge-row';
import { orderBy, type Sort } from './edges';
import { Parameters, type Query } from './query';

/** Conditions on the finer rows; all hold together with the others. */
export interface ServiceConditions extends EdgeConditions {
  /** Service identity at either end. */
  readonly service?: string | undefined;
  /** Destination port. */
  readonly port?: number | undefined;
}

/** Edges by service, protocol and port, at most `limit`. */
export function servicesQuery(conditions: ServiceConditions, sort: Sort, limit: number): Query<ServiceEdge> {
  const parameters = new Parameters();
  const where = [conditionsSql(conditions, parameters)];
  if (conditions.service !== undefined) {
    const service = parameters.add(conditions.service, 'text');
    // The indexes leave out rows without a service; said here, the planner knows that they suffice.
    where.push(
      `((src_service <> '' AND src_service = ${service}) OR (dst_service <> '' AND dst_service = ${service}))`,
    );
  }
  if (conditions.port !== undefined) where.push(`dst_port = ${parameters.add(conditions.port, 'int')}`);
  const order = (prefix: string): string =>
    `${orderBy(sort, prefix)}, src_service, dst_service, protocol, dst_port`;
  return {
    text: `SELECT ${edgeColumns('found')}, src_service, dst_service, protocol, dst_port
FROM (SELECT * FROM edge_service WHERE ${where.join(' AND ')} ORDER BY ${order('')} LIMIT ${parameters.add(limit, 'bigint')}) AS found
ORDER BY ${order('found.')}`,
    values: parameters.values,
    parse: parseServiceEdge,
  };
}
