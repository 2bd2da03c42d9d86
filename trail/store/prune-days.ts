import type { Client } from 'pg';
import { transaction } from './transaction';
import { renewLease, type Lease } from './writer-lease';

/**
 * Removes at most `most` rows of the daily roll-up that are older than `beforeDay`, counted in days since
 * 1970-01-01, oldest first. Returns how many were. Throws a LeaseLostError where another writer took over.
 */
export async function pruneDays(
  client: Client,
  lease: Lease,
  beforeDay: number,
  most: number,
): Promise<number> {
  return transaction(client, async () => {
    await renewLease(client, lease);
    const { rowCount } = await client.query(
      // The cluster twice: a distributed database then knows that all of it happens on one node.
      `DELETE FROM edge_day WHERE cluster = $1 AND (cluster, day, src_ns, dst_ns, action) IN (
         SELECT cluster, day, src_ns, dst_ns, action FROM edge_day
         WHERE cluster = $1 AND day < date '1970-01-01' + $2::int
         ORDER BY cluster, day, src_ns, dst_ns, action LIMIT $3)`,
      [lease.cluster, beforeDay, most],
    );
    return rowCount ?? 0;
  });
}
