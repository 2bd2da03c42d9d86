import { Client } from 'pg';
import { withDatabase } from './trail-database';

/** Any number; nothing else in a test's database takes this advisory lock. */
const HOLD = 20_261_126;

/**
 * Holds every writing transaction up at its first row of `edge`, right after it has renewed the lease, until what
 * is returned is called.
 */
export async function holdWrites(adminUrl: string): Promise<() => Promise<void>> {
  const holder = new Client({ connectionString: adminUrl });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock($1)', [HOLD]);
  await withDatabase(adminUrl, async (client) => {
    await client.query(`
      CREATE FUNCTION hold_write() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_lock_shared(TG_ARGV[0]::bigint);
        PERFORM pg_advisory_unlock_shared(TG_ARGV[0]::bigint);
        RETURN NULL;
      END $$;
      CREATE TRIGGER hold_write BEFORE INSERT ON edge
        FOR EACH STATEMENT EXECUTE FUNCTION hold_write(${client.escapeLiteral(String(HOLD))});
    `);
  });
  return () => holder.end();
}
