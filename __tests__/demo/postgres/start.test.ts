import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type Postgres } from '../../../demo/postgres/start';
import { TrailError } from '../../../trail/errors';
import { eventually, isAlive } from '../../support/eventually';

async function query<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function dataDirectory(server: Postgres): Promise<string> {
  const rows = await query<{ data_directory: string }>(server.adminUrl, 'SHOW data_directory');
  return dirname(rows[0]!.data_directory);
}

describe('embedded PostgreSQL', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  test('the demo gets a role that owns its database and is no superuser', async () => {
    const rows = await query(
      server.url,
      `SELECT current_database() AS name, rolsuper FROM pg_roles WHERE rolname = current_user`,
    );
    expect(rows).toEqual([{ name: 'goldmane_edges', rolsuper: false }]);
    await query(server.url, 'CREATE TABLE mine (a int)');
  });

  test('nobody gets in without the password, and no process list shows it', async () => {
    const url = new URL(server.url);
    const password = url.password;
    url.password = 'guess';
    await expect(query(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    if (process.platform === 'linux') {
      expect(await readFile(`/proc/${String(server.pid)}/cmdline`, 'utf8')).not.toContain(password);
    }
  });

  test('a commit survives a crash of the server, on the same port with the same password', async () => {
    await query(server.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = server.pid;
    await server.kill();
    await expect(query(server.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect(await query(server.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  test('a port in use is named', async () => {
    await expect(startPostgres({ port: server.port })).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(String(server.port)) as string,
    });
  });
});

test('stopping leaves neither process nor directory', async () => {
  const server = await startPostgres();
  const pid = server.pid!;
  const directory = await dataDirectory(server);
  await server.stop();
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(directory)).toBe(false);
  await server.stop();
});

test('a kept directory serves the same data again, under a new password', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'trail-kept-'));
  await chmod(parent, 0o755);
  const directory = join(parent, 'database');
  try {
    const first = await startPostgres({ directory });
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await first.stop();
    expect((await stat(join(directory, 'data'))).mode & 0o077).toBe(0);
    const second = await startPostgres({ directory });
    try {
      expect(new URL(second.url).password).not.toBe(new URL(first.url).password);
      expect(await query(second.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    } finally {
      await second.stop();
    }
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});

const asRoot = userInfo().uid === 0 ? test : test.skip;
asRoot("root is told when the server's account cannot reach the directory", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trail-private-'));
  try {
    await expect(startPostgres({ directory: join(directory, 'database') })).rejects.toMatchObject({
      code: 'directory-unreachable',
      message: expect.stringContaining(directory) as string,
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('a damaged data directory gives one clear error that says what to remove', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trail-damaged-'));
  try {
    await (await startPostgres({ directory })).stop();
    await rm(join(directory, 'data', 'global'), { recursive: true });
    const failure = await startPostgres({ directory }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TrailError);
    expect((failure as TrailError).code).toBe('postgres-unusable');
    expect((failure as TrailError).remedy).toContain(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test.each(['SIGKILL', 'SIGINT'] as const)(
  'a parent that dies of %s takes its server and files along',
  async (signal) => {
    const child = spawn(
      process.execPath,
      // Not the tsx command: that is a parent of its own, which cannot pass a SIGKILL on.
      ['--import', 'tsx', join(__dirname, '../../support/postgres-child.ts')],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { pid, port } = JSON.parse(line.toString()) as { pid: number; port: number };
    expect(isAlive(pid)).toBe(true);
    const environment = process.platform === 'linux' ? await readFile(`/proc/${pid}/cmdline`, 'utf8') : '';
    const directory = dirname(/-D\0([^\0]+)/.exec(environment)?.[1] ?? '/nonexistent/data');
    child.kill(signal);
    await eventually(() => !isAlive(pid) && !existsSync(directory), 'the server is gone');
    const probe = createServer();
    await new Promise<void>((done) => probe.listen(port, '127.0.0.1', done));
    expect((probe.address() as AddressInfo).port).toBe(port);
    probe.close();
  },
);
