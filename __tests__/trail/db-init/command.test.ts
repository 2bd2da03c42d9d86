import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { env } from '../../../contract';
import { serverAccount } from '../../../demo/postgres/account';
import { startPostgres, type Postgres } from '../../../demo/postgres/start';
import { run } from '../../../trail/cli/run';
import { Authority } from '../../../demo/certificates/authority';

let server: Postgres;
let folder: string;
let serverFolder: string;
let admin: Client;
let count = 0;
let name: string;
let role: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'db-init-'));
  serverFolder = mkdtempSync(join(tmpdir(), 'db-init-server-'));
  server = await startPostgres({ directory: serverFolder, settings: ['log_statement=all'] });
  admin = new Client({ connectionString: server.adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await server.stop();
  for (const each of [folder, serverFolder]) rmSync(each, { recursive: true, force: true });
});

beforeEach(() => {
  count++;
  name = `edges_${count}`;
  role = `edges_${count}`;
});

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function file(content: string): string {
  const path = join(folder, randomBytes(8).toString('hex'));
  writeFileSync(path, content);
  return path;
}

function environment(adminUrl = new URL(server.adminUrl)): Record<string, string> {
  return {
    [env.databaseHost]: adminUrl.hostname,
    [env.databasePort]: adminUrl.port,
    [env.databaseName]: name,
    [env.databaseRole]: role,
    [env.databaseAdminUsernameFile]: file(decodeURIComponent(adminUrl.username)),
    [env.databaseAdminPasswordFile]: file(`${decodeURIComponent(adminUrl.password)}\n`),
  };
}

async function dbInit(variables: Record<string, string>): Promise<Result> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const { signal } = new AbortController();
  const code = await run(['db-init'], { env: variables, stdin, stdout, stderr, signal });
  stdout.end();
  stderr.end();
  const result = { code, stdout: await text(stdout), stderr: await text(stderr) };
  const password = readFileSync(variables[env.databaseAdminPasswordFile] ?? '', 'utf8').trim();
  expect(result.stdout + result.stderr).not.toContain(password);
  return result;
}

function roleUrl(password: string): string {
  const url = new URL(server.url);
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(password);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

async function facts(): Promise<{ owner: string; login: boolean; super: boolean; createdb: boolean }[]> {
  const { rows } = await admin.query<{ owner: string; login: boolean; super: boolean; createdb: boolean }>(
    `SELECT rolname AS owner, rolcanlogin AS login, rolsuper AS super, rolcreatedb AS createdb
     FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba WHERE datname = $1`,
    [name],
  );
  return rows;
}

async function asOwner<T>(password: string, action: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: roleUrl(password) });
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}

test('an empty server: role and database are made, the role owns the database and nothing else', async () => {
  const { code, stdout, stderr } = await dbInit(environment());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(
    `role "${role}" created, database "${name}" created, rights confirmed, without TLS: the server offers none\n`,
  );
  expect(await facts()).toEqual([{ owner: role, login: true, super: false, createdb: false }]);
});

test('the second run changes nothing', async () => {
  await dbInit(environment());
  const { code, stdout } = await dbInit(environment());
  expect(code).toBe(0);
  expect(stdout).toContain(`role "${role}" confirmed, database "${name}" confirmed, rights confirmed`);
});

test.each([
  ['the role exists, the database does not', [`CREATE ROLE %R LOGIN`]],
  ['the role exists but may not log in', [`CREATE ROLE %R NOLOGIN`]],
  ['the database exists and belongs to the administrator', [`CREATE DATABASE %D`]],
  [
    'role and database exist, the role is not the owner',
    [`CREATE ROLE %R NOLOGIN`, `CREATE DATABASE %D OWNER postgres`],
  ],
])('half-done before: %s; one run finishes it', async (_what, statements) => {
  for (const statement of statements) await admin.query(statement.replace('%R', role).replace('%D', name));
  expect((await dbInit(environment())).code).toBe(0);
  expect(await facts()).toEqual([{ owner: role, login: true, super: false, createdb: false }]);
});

test('a schema that the role may not write is opened to it', async () => {
  await dbInit(environment());
  const client = new Client({ connectionString: server.adminUrl.replace(/postgres$/, name) });
  await client.connect();
  await client.query('ALTER SCHEMA public OWNER TO postgres');
  await client.end();
  expect((await dbInit(environment())).stdout).toContain('rights corrected');
  expect((await dbInit(environment())).stdout).toContain('rights confirmed');
});

test('tables that somebody else restored are given to the role, what an extension brought is not', async () => {
  const url = file(roleUrl('pw'));
  await dbInit({ ...environment(), [env.databaseUrlFile]: url });
  const client = new Client({ connectionString: server.adminUrl.replace(/postgres$/, name) });
  await client.connect();
  for (const statement of [
    'CREATE TABLE edge (src_ns text, id bigint GENERATED ALWAYS AS IDENTITY)',
    'CREATE TABLE "Odd; table" (a serial)',
    'CREATE VIEW peers AS SELECT src_ns FROM edge',
    'CREATE SEQUENCE numbers',
    'CREATE EXTENSION pg_stat_statements',
  ]) {
    await client.query(statement);
  }
  expect((await dbInit(environment())).stdout).toContain('rights corrected');
  const { rows } = await client.query<{ relname: string; owner: string }>(
    `SELECT relname, pg_get_userbyid(relowner) AS owner FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S') ORDER BY relname`,
  );
  await client.end();
  const owners = Object.fromEntries(rows.map(({ relname, owner }) => [relname, owner]));
  expect(owners).toMatchObject({
    edge: role,
    'Odd; table': role,
    peers: role,
    numbers: role,
    edge_id_seq: role,
  });
  expect(owners['pg_stat_statements']).toBe('postgres');
  expect((await dbInit(environment())).stdout).toContain('rights confirmed');
  await asOwner('pw', (owner) => owner.query('ALTER TABLE edge ADD COLUMN dst_ns text'));
});

test('two at the same time: both succeed', async () => {
  const results = await Promise.all([dbInit(environment()), dbInit(environment())]);
  expect(results.map(({ code }) => code)).toEqual([0, 0]);
  expect(await facts()).toHaveLength(1);
});

test.each([
  'Mixed Case',
  'semi;colon',
  `quo"te`,
  "apo'strophe",
  'drop table; --',
  'naïve-ünïcode',
  '$1',
  'a/b?c#d',
  'select',
])('the odd name %s is taken literally', async (odd) => {
  name = `${odd} db ${count}`;
  role = `${odd} role ${count}`;
  expect((await dbInit(environment())).code).toBe(0);
  expect(await facts()).toEqual([{ owner: role, login: true, super: false, createdb: false }]);
  expect((await dbInit(environment())).stdout).toContain('confirmed');
});

test('a wrong administrator password is told as such, and names the file to look at', async () => {
  const url = new URL(server.adminUrl);
  url.password = 'guessed-wrong';
  const { code, stderr } = await dbInit(environment(url));
  expect(code).toBe(1);
  expect(stderr).toMatch(/^trail: \[database-refused\] .* refused the user or password \(28P01\)/);
  expect(stderr).toContain(env.databaseAdminPasswordFile);
  expect(await facts()).toEqual([]);
});

test('a server that is not there is told with its address', async () => {
  const variables = { ...environment(), [env.databasePort]: '1' };
  const { code, stderr } = await dbInit(variables);
  expect(code).toBe(1);
  expect(stderr).toContain('[database-unreachable] 127.0.0.1:1: ECONNREFUSED');
  expect(stderr).toContain(env.databaseHost);
});

test('credentials without the right to make roles are told as such', async () => {
  await admin.query(`CREATE ROLE weak_${count} LOGIN PASSWORD 'hunter2'`);
  const url = new URL(server.adminUrl);
  url.username = `weak_${count}`;
  url.password = 'hunter2';
  const { code, stderr } = await dbInit({ ...environment(url) });
  expect(code).toBe(1);
  expect(stderr).toContain('[database-permission]');
  expect(stderr).toContain(`"weak_${count}" may not`);
});

test('an administrator who is no superuser is enough', async () => {
  await admin.query(`CREATE ROLE maker_${count} LOGIN CREATEROLE CREATEDB PASSWORD 'maker'`);
  const url = new URL(server.adminUrl);
  url.username = `maker_${count}`;
  url.password = 'maker';
  const first = await dbInit(environment(url));
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(await facts()).toEqual([{ owner: role, login: true, super: false, createdb: false }]);
  expect((await dbInit(environment(url))).stdout).toContain('confirmed');
});

test('with a connection string the role gets the password in it, and the server never sees it', async () => {
  const password = `p@ss/w:rd %41 "quoted" 'ünïcode' \u00a0 ${randomBytes(6).toString('hex')}`;
  const urlFile = file(`${roleUrl(password)}\n`);
  const variables = { ...environment(), [env.databaseUrlFile]: urlFile };
  const first = await dbInit(variables);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toContain('password corrected');
  const { rowCount } = await asOwner(password, (client) => client.query('SELECT 1'));
  expect(rowCount).toBe(1);
  expect((await dbInit(variables)).stdout).toContain('password confirmed');
  const log = readFileSync(join(serverFolder, 'postgres.log'), 'utf8');
  expect(log).toContain('CREATE ROLE');
  expect(log).not.toContain(password.slice(-12));
});

test('the owner can make its tables at once', async () => {
  const variables = { ...environment(), [env.databaseUrlFile]: file(roleUrl('pw')) };
  await dbInit(variables);
  await asOwner('pw', (client) => client.query('CREATE TABLE edge (src_ns text)'));
});

test('without a connection string an existing password is left alone: it is Vault’s', async () => {
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'rotated'`);
  await dbInit(environment());
  await asOwner('rotated', (client) => client.query('SELECT 1'));
});

test.each([
  ['another role', (url: string): string => url.replace(/\/\/[^:]+:/, '//someone:'), 'role "someone"'],
  ['another database', (url: string): string => `${url}_other`, '_other"'],
  ['no password', (url: string): string => url.replace(/:[^:@]+@/, '@'), 'no password'],
  ['no URL at all', (): string => 'hunter2-not-a-url', 'not a PostgreSQL URL'],
])('a connection string with %s is refused without showing it', async (_what, spoil, expected) => {
  const urlFile = file(spoil(roleUrl('hunter2-secret')));
  const { code, stderr } = await dbInit({ ...environment(), [env.databaseUrlFile]: urlFile });
  expect(code).toBe(1);
  expect(stderr).toContain('[database-url-invalid]');
  expect(stderr).toContain(expected);
  expect(stderr).not.toContain('hunter2');
});

test('every wrong variable is named at once', async () => {
  const { code, stderr } = await dbInit({
    ...environment(),
    [env.databaseHost]: 'postgres://user:pw@host',
    [env.databasePort]: '70000',
    [env.databaseName]: 'x'.repeat(64),
  });
  expect(code).toBe(1);
  for (const variable of [env.databaseHost, env.databasePort, env.databaseName]) {
    expect(stderr).toContain(`${variable}=`);
  }
});

test('a missing or empty credential file is named', async () => {
  const gone = { ...environment(), [env.databaseAdminUsernameFile]: join(folder, 'gone') };
  expect((await dbInit(gone)).stderr).toContain(`${join(folder, 'gone')}: ENOENT`);
  const empty = { ...environment(), [env.databaseAdminUsernameFile]: file('\n') };
  expect((await dbInit(empty)).stderr).toContain('is empty');
});

test('a server that offers TLS is talked to over TLS only', async () => {
  const authority = await Authority.create();
  const pair = await authority.issue({ name: 'postgres', usage: 'server' });
  const [cert, key] = [file(pair.certificate), file(pair.key)];
  const { ids } = await serverAccount();
  const tlsFolder = mkdtempSync(join(tmpdir(), 'db-init-tls-'));
  secure([cert, key], ids);
  const tls = await startPostgres({
    directory: tlsFolder,
    settings: ['ssl=on', `ssl_cert_file=${cert}`, `ssl_key_file=${key}`, 'log_connections=on'],
  });
  try {
    const { code, stdout } = await dbInit(environment(new URL(tls.adminUrl)));
    expect(code).toBe(0);
    expect(stdout).toContain('over TLS');
    const log = readFileSync(join(tlsFolder, 'postgres.log'), 'utf8');
    const ours = log.split('\n').filter((line) => line.includes('application_name=trail db-init'));
    expect(ours.length).toBeGreaterThanOrEqual(2);
    for (const line of ours) expect(line).toContain('SSL enabled');
  } finally {
    await tls.stop();
    rmSync(tlsFolder, { recursive: true, force: true });
  }
});

function secure(paths: readonly string[], ids: { readonly uid?: number; readonly gid?: number }): void {
  chownSync(folder, ids.uid ?? process.getuid?.() ?? 0, ids.gid ?? process.getgid?.() ?? 0);
  for (const path of paths) {
    chmodSync(path, 0o600);
    if (ids.uid !== undefined && ids.gid !== undefined) chownSync(path, ids.uid, ids.gid);
  }
}
