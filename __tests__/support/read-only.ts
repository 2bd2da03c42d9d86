import { Client } from 'pg';
import { eventually } from './eventually';

/**
 * Makes a server of the test's own refuse writes (SQLSTATE 25006) on all connections, new and old, as one does
 * that a failover has demoted; or lets them in again.
 */
export async function setReadOnly(adminUrl: string, readOnly: boolean): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${readOnly ? 'on' : 'off'}`);
    await client.query('SELECT pg_reload_conf()');
    await eventually(async () => {
      const { rows } = await client.query<{ value: string }>(
        `SELECT current_setting('default_transaction_read_only') AS value`,
      );
      return rows[0]?.value === (readOnly ? 'on' : 'off');
    }, 'the server has read its settings');
  } finally {
    await client.end();
  }
}
