import { randomBytes } from 'node:crypto';
import { Client, type DatabaseError } from 'pg';
import { database } from '../../contract';
import { brokerVariable } from './jest/global-setup';

const templateLock = 7_226_153;
const DROP_SECONDS = 15;
/** SQLSTATE of a statement that took too long. */
const QUERY_CANCELED = '57014';

/** A database of a test's own on the run's shared server. URLs hold passwords: never print them. */
export interface TestDatabase {
  readonly name: string;
  /** As the role that owns the database (no superuser). */
  readonly url: string;
  /** As superuser, on the same database. */
  readonly adminUrl: string;
  /** Drops the database, whoever is still connected. */
  drop(): Promise<void>;
}

/** What a fresh database starts from, prepared once per run and copied from then on. */
export interface Template {
  /** Lower-case name, unique among templates. */
  readonly name: string;
  /** Fills the template, e.g. runs the migrations. Must close its connections. */
  prepare(url: string): Promise<void>;
}

/** Makes a fresh database, empty or as a copy of `template`. Takes tens of milliseconds. */
export async function freshDatabase(template?: Template): Promise<TestDatabase> {
  const server = await sharedServer();
  const name = `t_${randomBytes(8).toString('hex')}`;
  await withClient(server.adminUrl, async (client) => {
    if (template !== undefined) await prepareTemplate(client, server, template);
    const source = template === undefined ? 'template0' : templateName(template);
    await client.query(
      `CREATE DATABASE ${name} OWNER ${database.role} TEMPLATE ${client.escapeIdentifier(source)}`,
    );
  });
  return {
    name,
    url: on(server.url, name),
    adminUrl: on(server.adminUrl, name),
    drop: () => dropDatabase(server.adminUrl, name),
  };
}

interface Server {
  readonly url: string;
  readonly adminUrl: string;
}

let shared: Promise<Server> | undefined;

/** The run's one server, asked for once per test file. */
function sharedServer(): Promise<Server> {
  shared ??= (async () => {
    const broker = process.env[brokerVariable];
    if (broker === undefined)
      throw new Error(`${brokerVariable} is not set: is jest's globalSetup configured?`);
    const response = await fetch(broker);
    const answer = await response.text();
    if (!response.ok) throw new Error(answer);
    return JSON.parse(answer) as Server;
  })();
  return shared;
}

async function prepareTemplate(client: Client, server: Server, template: Template): Promise<void> {
  const name = templateName(template);
  await client.query('SELECT pg_advisory_lock($1)', [templateLock]);
  try {
    const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (known.rowCount === 1) return;
    const unfinished = `${name}_unfinished`;
    await dropDatabase(server.adminUrl, unfinished);
    const identifier = client.escapeIdentifier(unfinished);
    await client.query(`CREATE DATABASE ${identifier} OWNER ${database.role} TEMPLATE template0`);
    await template.prepare(on(server.url, unfinished));
    await client.query(`ALTER DATABASE ${identifier} RENAME TO ${client.escapeIdentifier(name)}`);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [templateLock]);
  }
}

const templateName = (template: Template): string => `template_${template.name}`;

function on(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query(`SET statement_timeout = '${DROP_SECONDS}s'`);
    try {
      await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
    } catch (error) {
      if ((error as DatabaseError).code !== QUERY_CANCELED) throw error;
      // The server waits until each of its processes has let go of the files. They go with the server in the end,
      // so no test has to fail for it; which process it was is worth knowing.
      const { rows } = await client.query(
        `SELECT pid, backend_type, datname, application_name, state, wait_event_type, wait_event, left(query, 60) AS query
         FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state IS DISTINCT FROM 'idle'`,
      );
      process.stderr.write(`${name} is left behind, since the server does ${JSON.stringify(rows)}\n`);
    }
  });
}

async function withClient(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
