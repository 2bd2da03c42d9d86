import { connectAsAdmin, explain } from './admin-connection';
import type { DbInitConfig } from './config';
import { ensureDatabase, ensureOwner, ensureRole, ensureSchema, type Outcome } from './ensure-database';
import { ensurePassword } from './ensure-password';

/** What was found or done. */
export interface DbInitReport {
  readonly encrypted: boolean;
  readonly role: Outcome;
  readonly database: Outcome;
  /** Of the schema public and what lies in it. */
  readonly rights: Outcome;
  /** undefined: somebody else sets the password. */
  readonly password: Outcome | undefined;
}

/** Key of the advisory lock that keeps two of us apart; any number, but always the same. */
const lockKey = 7_443_001;

/**
 * Makes, or confirms, role, database and rights; with `roleUrlFile` the password too. Each step looks first,
 * so a run after any half-done one finishes the work. Throws a TrailError that never holds a password.
 */
export async function initializeDatabase(config: DbInitConfig): Promise<DbInitReport> {
  const { role, name, roleUrlFile } = config;
  const { client, encrypted } = await connectAsAdmin(config, 'postgres');
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKey]);
    const report = {
      role: await ensureRole(client, role),
      database: await ensureDatabase(client, name, role),
      rights: await rightsOf(config),
    };
    const password =
      roleUrlFile === undefined ? undefined : await ensurePassword(client, config, roleUrlFile);
    return { ...report, encrypted, password };
  } catch (error) {
    throw explain(error, config);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function rightsOf(config: DbInitConfig): Promise<Outcome> {
  const { client } = await connectAsAdmin(config, config.name);
  try {
    const outcomes = [await ensureSchema(client, config.role), await ensureOwner(client, config.role)];
    return outcomes.includes('corrected') ? 'corrected' : 'confirmed';
  } finally {
    await client.end().catch(() => undefined);
  }
}
