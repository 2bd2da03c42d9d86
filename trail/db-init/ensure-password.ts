import { readFileSync } from 'node:fs';
import type { Client } from 'pg';
import { env } from '../../contract';
import { TrailError } from '../errors';
import { openDatabase } from '../store/database';
import type { DbInitConfig } from './config';
import type { Outcome } from './ensure-database';
import { scramVerifier } from './scram-verifier';

/**
 * Makes the connection string in `urlFile` work: gives the role the password in it, unless it has it already.
 * The password itself is never sent to the server, only what SCRAM stores for it. Throws a TrailError.
 */
export async function ensurePassword(
  client: Client,
  config: DbInitConfig,
  urlFile: string,
): Promise<Outcome> {
  const password = passwordFor(config, urlFile);
  if (await canLogIn(urlFile)) return 'confirmed';
  const role = client.escapeIdentifier(config.role);
  await client.query(`ALTER ROLE ${role} PASSWORD ${client.escapeLiteral(scramVerifier(password))}`);
  if (await canLogIn(urlFile)) return 'corrected';
  throw new TrailError(
    'database-refused',
    `${urlFile} still does not work after the password of "${config.role}" was set`,
    "check that it names the same server, and the server's pg_hba.conf",
  );
}

async function canLogIn(file: string): Promise<boolean> {
  try {
    const client = await openDatabase({ file });
    await client.end();
    return true;
  } catch (error) {
    if (error instanceof TrailError && error.code === 'database-refused') return false;
    throw error;
  }
}

function passwordFor({ role, name }: DbInitConfig, urlFile: string): string {
  let url: URL;
  try {
    url = new URL(readFileSync(urlFile, 'utf8').trim());
  } catch (error) {
    // The text may hold a password: neither it nor the parser's message is shown.
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const reason = code.startsWith('E') && !code.startsWith('ERR_') ? code : 'not a PostgreSQL URL';
    throw new TrailError(
      'database-url-invalid',
      `the content of ${urlFile}: ${reason}`,
      `write postgresql://${role}:PASSWORD@HOST:5432/${name} there, the password percent-encoded`,
    );
  }
  const user = decodeURIComponent(url.username);
  const database = decodeURIComponent(url.pathname.slice(1));
  if (user !== role || database !== name || url.password === '') {
    const found = url.password === '' ? 'no password' : `role "${user}" and database "${database}"`;
    throw new TrailError(
      'database-url-invalid',
      `${urlFile} has ${found}; expected are role "${role}", database "${name}" and a password`,
      `correct it, or ${env.databaseRole} and ${env.databaseName}`,
    );
  }
  return decodeURIComponent(url.password);
}
