import type { ClientBase } from 'pg';
import type { KnownServices } from '../flow/key-space';
import { OTHER_PROTOCOL, type ServiceKey } from '../flow/service-key';
import { ServiceKeyTable } from '../flow/service-key-table';

/** A row as an object takes five times the memory of its key in a table. */
const ROWS_AT_ONCE = 5_000;

interface Row extends Omit<ServiceKey, 'protocol'> {
  /** As of KnownServices; the same in every row. */
  readonly from: number;
  /** Null in the one row that says that there are no services. */
  readonly protocol: string | null;
}

/**
 * The services that the trail of a cluster tells apart: those of the namespace pairs that have the most rows, up to
 * `most` rows beside those that stand for others. Must run in a transaction.
 */
export async function readKnownServices(
  client: ClientBase,
  cluster: string,
  most: number,
): Promise<KnownServices> {
  // A service has one to three rows, one of each verdict: a pair has at most as many services as rows.
  await client.query(
    `DECLARE known_service NO SCROLL CURSOR FOR
     WITH sized AS MATERIALIZED (
       SELECT src_ns, dst_ns, count(*) AS size, sum(count(*)) OVER (ORDER BY count(*) DESC, src_ns, dst_ns) AS total
       FROM edge_service WHERE cluster = $1 AND protocol <> $3
       GROUP BY src_ns, dst_ns
     ), missing AS (
       SELECT coalesce(max(size), 0)::int AS size FROM sized WHERE total > $2
     )
     SELECT missing.size + 1 AS "from", service.* FROM missing LEFT JOIN (
       SELECT DISTINCT src_ns AS "srcNs", src_service AS "srcService", dst_ns AS "dstNs", dst_service AS "dstService",
         protocol, dst_port AS "dstPort"
       FROM edge_service JOIN sized USING (src_ns, dst_ns)
       WHERE cluster = $1 AND total <= $2
     ) AS service ON true`,
    [cluster, most, OTHER_PROTOCOL],
  );
  const table = new ServiceKeyTable();
  let from = 1;
  for (;;) {
    const { rows } = await client.query<Row>(`FETCH ${ROWS_AT_ONCE} FROM known_service`);
    for (const { from: size, protocol, ...names } of rows) {
      from = size;
      if (protocol !== null) table.internKey({ ...names, protocol });
    }
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await client.query('CLOSE known_service');
  return { services: { [Symbol.iterator]: () => keysOf(table) }, from };
}

function* keysOf(table: ServiceKeyTable): Iterator<ServiceKey> {
  for (let id = 0; id < table.size; id++) yield table.key(id);
}
