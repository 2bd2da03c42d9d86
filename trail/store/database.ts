import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { Client, type ClientConfig } from 'pg';
import { env } from '../../contract';
import { TrailError } from '../errors';

/** Where the connection string is: a file that may change at any time, or a fixed value. */
export type DatabaseSource = { readonly file: string } | { readonly url: string };

/** Short enough for a process that is asked to stop meanwhile to be gone within 10 s. */
const CONNECT_TIMEOUT_MS = 8_000;
/** Longer than any commit that still counts as slow; beyond it the connection is taken for dead. */
const QUERY_TIMEOUT_MS = 60_000;

/**
 * SQLSTATEs of a server that ends connections, also those that were idle in a transaction, or lacks something; not
 * 57014, a statement that was cancelled.
 */
const UNAVAILABLE = /^(08|25P03|53|57P|58)/;

/** Reads the connection source of `environment`: DATABASE_URL_FILE before DATABASE_URL. Throws a TrailError. */
export function databaseSource(environment: Readonly<Record<string, string | undefined>>): DatabaseSource {
  const file = environment[env.databaseUrlFile];
  if (file !== undefined && file !== '') return { file };
  const url = environment[env.databaseUrl];
  if (url !== undefined && url !== '') return { url };
  throw new TrailError(
    'database-unset',
    `neither ${env.databaseUrlFile} nor ${env.databaseUrl} is set`,
    `set ${env.databaseUrl} to postgresql://user:password@host:5432/database`,
  );
}

/**
 * Opens one connection; the caller ends it. The file is read anew each time, so a rotated password is taken
 * up. Throws a TrailError that never holds the password.
 */
export async function openDatabase(source: DatabaseSource): Promise<Client> {
  const url = parseUrl('file' in source ? readUrlFile(source.file) : source.url, source);
  try {
    return await connectClient({ connectionString: url.href, application_name: 'trail' });
  } catch (error) {
    throw databaseError(error, url);
  }
}

/** Connects with the time limits that all connections of trail have. Throws the errors of pg. */
export async function connectClient(config: ClientConfig): Promise<Client> {
  const client = new Client({
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...config,
  });
  // Errors of an idle connection surface at its next use.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** What a failed connection or query means to a person; the error unchanged where it is none of these. */
export function databaseError(error: unknown, url?: URL): unknown {
  // Not instanceof: node's own errors come from another realm under a test runner.
  if (error instanceof TrailError || !types.isNativeError(error)) return error;
  const at = url === undefined ? 'the database' : `${url.host}${url.pathname}`;
  const code = (error as { code?: string }).code ?? '';
  const make = (kind: string, problem: string, remedy: string): TrailError =>
    new TrailError(kind, problem, remedy, { cause: error });
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ECONNRESET':
    case 'ENOENT':
      return make(
        'database-unreachable',
        `${at}: ${code}`,
        `check that PostgreSQL runs there and that ${env.databaseUrl} is right`,
      );
    case '28P01':
    case '28000':
      return make(
        'database-refused',
        `${at} refused the user or password (${code})`,
        'check the credentials and their rotation',
      );
    case '3D000':
      return make('database-missing', `${at}: no such database`, 'run trail db-init, or correct the name');
    case '42501':
      return make(
        'database-permission',
        `${at}: ${error.message}`,
        'make the role the owner of the database, as trail db-init does',
      );
    case '57P03':
      return make(
        'database-starting',
        `${at}: ${error.message}`,
        'wait until the server accepts connections',
      );
    case '25006':
      return make(
        'database-read-only',
        `${at} is read-only (${code}), probably after a failover`,
        `make ${env.databaseUrl} lead to the primary`,
      );
  }
  if (UNAVAILABLE.test(code) || /Connection terminated|not queryable/.test(error.message)) {
    return make(
      'database-unavailable',
      `${at}: ${error.message}`,
      'check the server: it may be restarting, failing over or out of resources',
    );
  }
  if (/timeout/i.test(error.message)) {
    return make(
      'database-unreachable',
      `${at} did not answer (${error.message})`,
      'check the server and the network policies on the way',
    );
  }
  return error;
}

function readUrlFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new TrailError(
      'database-url-unreadable',
      `${path}: ${code}`,
      `make ${env.databaseUrlFile} name a readable file`,
      { cause: error },
    );
  }
}

function parseUrl(text: string, source: DatabaseSource): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === 'postgresql:' || url.protocol === 'postgres:')) return url;
  const where = 'file' in source ? `the content of ${source.file}` : env.databaseUrl;
  // The text itself may hold a password and stays out of the message.
  throw new TrailError(
    'database-url-invalid',
    `${where} is not a PostgreSQL URL`,
    'give postgresql://user:password@host:5432/database',
  );
}
