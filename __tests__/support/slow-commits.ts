import { eventually } from './eventually';
import { withDatabase } from './trail-database';

/** Makes every COMMIT of new windows take so long in the server, which then goes through whoever has gone meanwhile. */
export async function slowCommits(adminUrl: string, seconds: number): Promise<void> {
  await withDatabase(adminUrl, async (client) => {
    await client.query(`
      CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_sleep(TG_ARGV[0]::float8);
        RETURN NULL;
      END $$;
      CREATE CONSTRAINT TRIGGER slow_commit AFTER UPDATE ON writer DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (OLD.live_until IS DISTINCT FROM NEW.live_until)
        EXECUTE FUNCTION slow_commit(${client.escapeLiteral(String(seconds))});
    `);
  });
}

/** Waits until an aggregator's connection does what `condition`, SQL over pg_stat_activity, says. */
export async function connectionThat(adminUrl: string, condition: string): Promise<void> {
  await withDatabase(adminUrl, async (client) => {
    await eventually(async () => {
      const { rowCount } = await client.query(
        `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'trail' AND (${condition})`,
      );
      return (rowCount ?? 0) > 0;
    }, `a connection that: ${condition}`);
  });
}
