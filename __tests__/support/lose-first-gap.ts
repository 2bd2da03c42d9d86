import { withDatabase } from './trail-database';

/**
 * Makes the server end the connection that is the first to record a gap, inside its transaction, as a database
 * does that is lost at that very moment.
 */
export async function loseFirstGap(adminUrl: string): Promise<void> {
  await withDatabase(adminUrl, async (client) => {
    // A sequence does not go back with the transaction: the second attempt goes through.
    await client.query(`
      CREATE SEQUENCE gap_attempts;
      CREATE FUNCTION lose_first_gap() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN
        IF nextval('public.gap_attempts') = 1 THEN
          PERFORM pg_terminate_backend(pg_backend_pid());
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER lose_first_gap BEFORE INSERT ON coverage
        FOR EACH ROW WHEN (NEW.state = 'gap') EXECUTE FUNCTION lose_first_gap();
    `);
  });
}

/** How often recording a gap was attempted. */
export async function gapAttempts(adminUrl: string): Promise<number> {
  return withDatabase(adminUrl, async (client) => {
    const { rows } = await client.query<{ attempts: number }>(
      'SELECT CASE WHEN is_called THEN last_value ELSE 0 END::int AS attempts FROM gap_attempts',
    );
    return rows[0]?.attempts ?? 0;
  });
}
