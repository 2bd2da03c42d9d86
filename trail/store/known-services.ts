import type { ClientBase } from 'pg';
import type { KnownServices } from '../flow/key-space';
import { OTHER_PROTOCOL, type ServiceKey } from '../flow/service-key';

/** Up to this many service rows, all are read. */
const MOST_READ = 50_000;

/**
 * The services that the trail of a cluster tells apart: all of them where they are few, else those of
 * namespace pairs that have `crowdedFrom` and more.
 */
export async function readKnownServices(
  client: ClientBase,
  cluster: string,
  crowdedFrom: number,
): Promise<KnownServices> {
  const counted = await client.query<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM (SELECT FROM edge_service WHERE cluster = $1 LIMIT $2) AS sample',
    [cluster, MOST_READ + 1],
  );
  const from = (counted.rows[0]?.rows ?? 0) > MOST_READ ? crowdedFrom : 1;
  const found = await client.query<ServiceKey>(
    // Most pairs have too few rows to be looked at twice, whatever their verdicts.
    `WITH candidate AS (
       SELECT src_ns, dst_ns FROM edge_service WHERE cluster = $1 AND protocol <> $3
       GROUP BY src_ns, dst_ns HAVING count(*) >= $2
     ), service AS (
       SELECT DISTINCT src_ns, src_service, dst_ns, dst_service, protocol, dst_port
       FROM edge_service JOIN candidate USING (src_ns, dst_ns) WHERE cluster = $1
     ), counted AS (
       SELECT *, count(*) FILTER (WHERE protocol <> $3) OVER (PARTITION BY src_ns, dst_ns) AS services FROM service
     )
     SELECT src_ns AS "srcNs", src_service AS "srcService", dst_ns AS "dstNs", dst_service AS "dstService",
       protocol, dst_port AS "dstPort"
     FROM counted WHERE services >= $2`,
    [cluster, from, OTHER_PROTOCOL],
  );
  return { services: found.rows, from };
}
