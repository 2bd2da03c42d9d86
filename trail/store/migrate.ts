import type { ClientBase, QueryConfig } from 'pg';
import { TrailError } from '../errors';
import { transaction } from './transaction';
import { migrations } from './migrations';
import { statementsOf } from './migrations/statements';

/** PostgreSQL release that the SQL is written for, as server_version_num. */
const MIN_SERVER_VERSION = 150_000;
/** Any fixed number; programs that migrate the same database at once take turns on it. */
const MIGRATION_LOCK = 7_253_311_904;

/** A table of many million rows takes an index minutes, and another program waits for the one that makes it. */
const MOST_MIGRATION_MS = 24 * 3_600_000;

/**
 * Brings the schema up to date, one transaction per migration. `cluster` owns the rows of a database that
 * was made before clusters were told apart. Throws a TrailError on a server that is too old and on a schema
 * that is newer than this program. Returns how many migrations were applied.
 */
export async function migrate(client: ClientBase, cluster: string): Promise<number> {
  await requireServerVersion(client);
  await transaction(client, async () => {
    await client.query(patient('SELECT pg_advisory_xact_lock($1)', MIGRATION_LOCK));
    await client.query(
      'CREATE TABLE IF NOT EXISTS trail_migration (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
  });
  let applied = 0;
  for (const [index, { name, sql }] of migrations.entries()) {
    await transaction(client, async () => {
      await client.query(patient('SELECT pg_advisory_xact_lock($1)', MIGRATION_LOCK));
      if ((await schemaVersion(client)) > index) return;
      await client.query("SELECT set_config('trail.cluster', $1, true)", [cluster]);
      // One by one: a distributed database passes each on to its nodes, and can't pass on several at once.
      for (const statement of statementsOf(sql)) await client.query(patient(statement));
      await client.query('INSERT INTO trail_migration (version, name) VALUES ($1, $2)', [index + 1, name]);
      applied++;
    });
  }
  await requireSchemaVersion(client);
  return applied;
}

/** For commands that read: throws a TrailError unless the schema is the one that this program knows. */
export async function requireSchemaVersion(client: ClientBase): Promise<void> {
  checkSchemaVersion(await schemaVersion(client));
}

/** The same for a version that was read another way; 0 = no schema at all. */
export function checkSchemaVersion(version: number): void {
  if (version > migrations.length) {
    throw new TrailError(
      'database-newer',
      `the database has schema version ${version}, this program knows up to ${migrations.length}`,
      'use the newer trail that migrated it',
      { permanent: true },
    );
  }
  if (version < migrations.length) {
    throw new TrailError(
      'database-older',
      `the database has schema version ${version}, this program needs ${migrations.length}`,
      'run trail aggregate of this release once; it migrates at its start',
    );
  }
}

/** A statement that may take longer than others. */
function patient(text: string, ...values: number[]): QueryConfig & { readonly query_timeout: number } {
  return { text, ...(values.length > 0 && { values }), query_timeout: MOST_MIGRATION_MS };
}

async function schemaVersion(client: ClientBase): Promise<number> {
  const table = await client.query<{ present: boolean }>(
    "SELECT to_regclass('trail_migration') IS NOT NULL AS present",
  );
  if (table.rows[0]?.present !== true) return 0;
  const { rows } = await client.query<{ version: number }>(
    'SELECT coalesce(max(version), 0) AS version FROM trail_migration',
  );
  return rows[0]?.version ?? 0;
}

async function requireServerVersion(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ number: string; text: string }>(
    "SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS text",
  );
  if (Number(rows[0]?.number) >= MIN_SERVER_VERSION) return;
  throw new TrailError(
    'database-too-old',
    `the server is PostgreSQL ${rows[0]?.text ?? '?'}`,
    'use PostgreSQL 15 or newer',
    { permanent: true },
  );
}
