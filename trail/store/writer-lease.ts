import type { Client } from 'pg';
import { LeaseWatch } from './lease-watch';

/**
 * Has the server notice within half a minute that the holder's node is gone, and free its connection: Linux takes two
 * hours by default. A statement and not options of the connection's start, which poolers such as PgBouncer refuse.
 */
const NOTICE_DEAD_HOLDER = `SELECT set_config('tcp_keepalives_idle', '10', false),
  set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false),
  set_config('tcp_user_timeout', '25000', false)`;

/**
 * Has it end a statement whose client has gone, within seconds, and with it the transaction that keeps the lease; only
 * where the server's system can tell.
 */
const NOTICE_GONE_HOLDER = "SELECT set_config('client_connection_check_interval', '2000', false)";

/** SQLSTATEs of a setting that this server does not have or can't follow. */
const NO_SUCH_SETTING = /^(22023|42704|0A000)$/;

/** Between the holder's name and the server that it is connected to, in column `holder`. */
const ON_SERVER = ' on ';

/** SQLSTATEs of a function that is missing, not supported or not allowed. */
const NOT_TOLD = /^(42501|42883|0A000)$/;

/** The right to write a cluster's rows, as long as nobody took a newer epoch. */
export interface Lease {
  readonly cluster: string;
  readonly epoch: string;
}

/** Another program took over: nothing was committed, and this one must stop writing. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor(readonly lease: Lease) {
    super(`another writer took over cluster '${lease.cluster}' after epoch ${lease.epoch}`);
  }
}

/**
 * Tries to become the writer of `cluster` on this connection. The session's advisory lock tells at once that
 * the last holder's connection to the same server is gone; where it is not (a paused process, a dead node), or
 * where the holder is connected to another server, the heartbeats that `watch` has missed do. Either way a new epoch
 * shuts the last holder out. Returns undefined while another writes, and never waits for it: a row that is locked is
 * one that its holder is writing.
 */
export async function acquireLease(
  client: Client,
  cluster: string,
  holder: string,
  watch = new LeaseWatch(),
): Promise<Lease | undefined> {
  const server = await serverId(client);
  const locked = server !== undefined && (await tryLock(client, cluster));
  const heartbeat = await lastHeartbeat(client, cluster);
  watch.see(heartbeat);
  // Even one that would do nothing waits for a transaction that has changed the row.
  if (heartbeat === undefined)
    await client.query('INSERT INTO writer (cluster) VALUES ($1) ON CONFLICT DO NOTHING', [cluster]);
  const { rows } = await client.query<{ epoch: string }>(
    `UPDATE writer SET epoch = epoch + 1, holder = $2, locked = $3, heartbeat_at = now()
     FROM (
       SELECT cluster FROM writer
       WHERE cluster = $1 AND (heartbeat_at = '-infinity' OR heartbeat_at = $4::timestamptz
         OR (locked AND $3 AND split_part(holder, $5, 2) = $6))
       FOR UPDATE SKIP LOCKED
     ) AS free
     WHERE writer.cluster = $1 AND writer.cluster = free.cluster
     RETURNING epoch`,
    [cluster, `${holder}${ON_SERVER}${server ?? 'unknown'}`, locked, watch.missed, ON_SERVER, server ?? ''],
  );
  if (rows[0] !== undefined) {
    await client.query(NOTICE_DEAD_HOLDER);
    await client.query(NOTICE_GONE_HOLDER).catch((error: unknown) => {
      if (!hasState(error, NO_SUCH_SETTING)) throw error;
    });
    return { cluster, epoch: rows[0].epoch };
  }
  if (locked) await unlock(client, cluster);
  return undefined;
}

/** First statement of every writing transaction: renews the lease or throws a LeaseLostError. */
export async function renewLease(client: Client, lease: Lease): Promise<void> {
  const { rowCount } = await client.query(
    'UPDATE writer SET heartbeat_at = now() WHERE cluster = $1 AND epoch = $2',
    [lease.cluster, lease.epoch],
  );
  if (rowCount !== 1) throw new LeaseLostError(lease);
}

/** Whether another writer has taken over since. */
export async function isFollowed(client: Client, { cluster, epoch }: Lease): Promise<boolean> {
  const { rows } = await client.query<{ followed: boolean }>(
    'SELECT epoch <> $2 AS followed FROM writer WHERE cluster = $1',
    [cluster, epoch],
  );
  return rows[0]?.followed !== false;
}

/** Gives the lease up, so that a standby need not wait. */
export async function releaseLease(client: Client, lease: Lease): Promise<void> {
  await client.query("UPDATE writer SET heartbeat_at = '-infinity' WHERE cluster = $1 AND epoch = $2", [
    lease.cluster,
    lease.epoch,
  ]);
}

/**
 * What tells this server from others that keep the same rows, as the nodes of Citus do: each has advisory locks of
 * its own. A standby that is promoted has the number of the server that it replaces. Returns undefined where the
 * server does not say it: then nothing follows from its locks.
 */
async function serverId(client: Client): Promise<string | undefined> {
  try {
    const { rows } = await client.query<{ id: string }>(
      'SELECT system_identifier::text AS id FROM pg_control_system()',
    );
    return rows[0]?.id;
  } catch (error) {
    if (hasState(error, NOT_TOLD)) return undefined;
    throw error;
  }
}

async function lastHeartbeat(client: Client, cluster: string): Promise<string | undefined> {
  // As text: a Date would lose the microseconds.
  const { rows } = await client.query<{ heartbeat: string }>(
    'SELECT heartbeat_at::text AS heartbeat FROM writer WHERE cluster = $1',
    [cluster],
  );
  return rows[0]?.heartbeat;
}

async function tryLock(client: Client, cluster: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
    [`trail writer ${cluster}`],
  );
  return rows[0]?.locked === true;
}

async function unlock(client: Client, cluster: string): Promise<void> {
  await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [`trail writer ${cluster}`]);
}

function hasState(error: unknown, states: RegExp): boolean {
  return states.test((error as { readonly code?: string }).code ?? '');
}
