import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { database } from '../../contract';
import { TrailError } from '../../trail/errors';
import { requireReachable, serverAccount } from './account';
import { locateBinaries } from './binaries';
import { Cluster } from './cluster';

export interface PostgresOptions {
  /**
   * Directory to keep the cluster in; made when missing, kept afterwards.
   * @default a temporary directory, removed by `stop()` or when this process dies
   */
  readonly directory?: string;
  /**
   * TCP port on 127.0.0.1.
   * @default a free one
   */
  readonly port?: number;
  /**
   * Whether commits survive a crash of the machine; a crash of the server they survive anyway.
   * @default false
   */
  readonly durable?: boolean;
  /**
   * Further server settings, each `name=value`.
   * @default []
   */
  readonly settings?: readonly string[];
}

/** A real PostgreSQL server of ours. Both URLs hold a password made at start: never print them. */
export interface Postgres {
  /** The trail's database, as the role that owns it (no superuser). */
  readonly url: string;
  /** The maintenance database, as superuser. */
  readonly adminUrl: string;
  readonly port: number;
  /** Process id of the server; undefined while it is down. */
  readonly pid: number | undefined;
  /** Orderly shutdown, then removal of a temporary directory. Final; safe to call twice. */
  stop(): Promise<void>;
  /** Orderly shutdown that keeps the data for `restart()`. */
  halt(): Promise<void>;
  /** Crash: kill -9 of the server's first process; keeps the data for `restart()`. */
  kill(): Promise<void>;
  /** Starts again on the same data, port and passwords; halts first if running. */
  restart(): Promise<void>;
}

/**
 * Starts the PostgreSQL that npm brought, on 127.0.0.1, with SCRAM passwords of its own, and makes the
 * trail's role and database. As root the server runs as an unprivileged account. It never outlives this process.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const account = await serverAccount();
  const temporary = options.directory === undefined;
  const directory =
    options.directory === undefined
      ? await mkdtemp(join(tmpdir(), 'trail-postgres-'))
      : resolve(options.directory);
  if (!temporary) await mkdir(directory, { recursive: true });
  try {
    // The server's account must be able to pass through; data/ itself is 0700.
    if (account.ids.uid !== undefined) await chmod(directory, 0o711);
    await requireReachable(directory, account);
    const binaries = await locateBinaries(account, directory);
    const cluster = new Cluster({
      binaries,
      account,
      directory,
      temporary,
      durable: options.durable ?? false,
      settings: options.settings ?? [],
    });
    const adminPassword = newPassword();
    if (await cluster.exists()) await cluster.resetPassword(adminPassword);
    else await cluster.initialize(adminPassword);
    const port = await startOnPort(cluster, options.port);
    const adminUrl = `postgresql://postgres:${adminPassword}@127.0.0.1:${port}/postgres`;
    const rolePassword = newPassword();
    try {
      await createDatabase(adminUrl, rolePassword);
    } catch (error) {
      await cluster.end('SIGINT');
      throw error;
    }
    return handle(cluster, {
      adminUrl,
      url: `postgresql://${database.role}:${rolePassword}@127.0.0.1:${port}/${database.name}`,
      port,
      discard: () => (temporary ? rm(directory, { recursive: true, force: true }) : Promise.resolve()),
    });
  } catch (error) {
    if (temporary) await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

interface Facts {
  readonly url: string;
  readonly adminUrl: string;
  readonly port: number;
  readonly discard: () => Promise<void>;
}

function handle(cluster: Cluster, { discard, ...facts }: Facts): Postgres {
  return {
    ...facts,
    get pid() {
      return cluster.pid;
    },
    async stop() {
      await cluster.end('SIGINT');
      await discard();
    },
    halt: () => cluster.end('SIGINT'),
    kill: () => cluster.end('SIGKILL'),
    async restart() {
      await cluster.end('SIGINT');
      await cluster.start(facts.port);
    },
  };
}

// Hexadecimal: needs no escaping in a URL or in SQL.
const newPassword = (): string => randomBytes(24).toString('hex');

async function startOnPort(cluster: Cluster, wanted: number | undefined): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort());
    try {
      await cluster.start(port);
      return port;
    } catch (error) {
      const lostRace = wanted === undefined && error instanceof TrailError && error.code === 'port-in-use';
      if (!lostRace || attempt === 5) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', done);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

async function createDatabase(adminUrl: string, rolePassword: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const role = client.escapeIdentifier(database.role);
    const { rowCount: roles } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [
      database.role,
    ]);
    await client.query(
      `${roles === 0 ? 'CREATE' : 'ALTER'} ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(rolePassword)}`,
    );
    const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database.name]);
    if (known.rowCount === 0) {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(database.name)} OWNER ${role}`);
    }
  } finally {
    await client.end();
  }
}
