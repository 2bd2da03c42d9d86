import type { Client } from 'pg';
import { env } from '../../contract';
import { TrailError } from '../errors';
import { connectClient, databaseError } from '../store/database';
import type { DbInitConfig } from './config';

/** An administrator's connection. */
export interface AdminConnection {
  readonly client: Client;
  readonly encrypted: boolean;
}

/**
 * Connects as administrator to `database`, over TLS where the server offers it. Its certificate is not
 * checked: in-cluster servers mostly sign their own. Throws a TrailError that never holds the password.
 */
export async function connectAsAdmin(config: DbInitConfig, database: string): Promise<AdminConnection> {
  try {
    return { client: await connect(config, database, true), encrypted: true };
  } catch (error) {
    if (!/server does not support SSL/i.test((error as Error).message)) throw explain(error, config);
  }
  try {
    return { client: await connect(config, database, false), encrypted: false };
  } catch (error) {
    throw explain(error, config);
  }
}

/** What a failure means here, where the credentials are the administrator's; unchanged where it is a bug. */
export function explain(error: unknown, config: DbInitConfig): unknown {
  const { host, port, admin } = config;
  const known = databaseError(
    error,
    new URL(`postgresql://${host.includes(':') ? `[${host}]` : host}:${port}`),
  );
  if (!(known instanceof TrailError)) return known;
  const remedies: Readonly<Record<string, string>> = {
    'database-unreachable': `check ${env.databaseHost} and ${env.databasePort}, that PostgreSQL runs there, and the network policies on the way`,
    'database-refused': `check the files of ${env.databaseAdminUsernameFile} and ${env.databaseAdminPasswordFile} and the Secret behind them`,
    'database-missing': 'give the server its maintenance database "postgres" back',
    'database-permission': `use credentials of a role that may make roles and databases; "${admin.user}" may not`,
  };
  const remedy = remedies[known.code];
  return remedy === undefined ? known : new TrailError(known.code, known.problem, remedy, { cause: error });
}

// Not by a connection string: its parser leaves some characters of a database's name encoded.
function connect({ host, port, admin }: DbInitConfig, database: string, tls: boolean): Promise<Client> {
  return connectClient({
    host,
    port,
    user: admin.user,
    password: admin.password,
    database,
    ssl: tls ? { rejectUnauthorized: false } : false,
    application_name: 'trail db-init',
  });
}
