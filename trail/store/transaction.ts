import type { ClientBase } from 'pg';

/** Runs `work` in a transaction; rolls back and passes the error on where it fails. */
export async function transaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
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
