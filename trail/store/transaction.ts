import type { ClientBase } from 'pg';
import { hangUp } from './hang-up';

/**
 * A client that stops in the middle of a transaction, because it is paused or its node is gone, would keep what the
 * transaction has locked for as long as TCP lasts. Ours does nothing between two statements but put the next one
 * together. In the transaction itself, so that it also holds where a pooler gives each one another connection.
 */
const LIMIT_IDLENESS = 'SET LOCAL idle_in_transaction_session_timeout = 8000';

/** What pg says of a query that it no longer waits for; it has no code. */
const TIMED_OUT = 'Query read timeout';

/**
 * Runs `work` in a transaction; rolls back and passes the error on where it fails. Ends the connection where a query
 * timed out: the server may still be at it, and a ROLLBACK would have to wait for as long again.
 */
export async function transaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  try {
    await client.query('BEGIN');
    await client.query(LIMIT_IDLENESS);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    if (error instanceof Error && error.message === TIMED_OUT) hangUp(client);
    // A connection that is gone can't roll back, and has.
    else await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
