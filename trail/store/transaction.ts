import type { ClientBase } from 'pg';

/**
 * A client that stops in the middle of a transaction, because it is paused or its node is gone, would keep what the
 * transaction has locked for as long as TCP lasts. Ours does nothing between two statements but put the next one
 * together. In the transaction itself, so that it also holds where a pooler gives each one another connection.
 */
const BEGIN = 'BEGIN; SET LOCAL idle_in_transaction_session_timeout = 8000';

/** Runs `work` in a transaction; rolls back and passes the error on where it fails. */
export async function transaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query(BEGIN);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that is gone can't roll back, and has.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
