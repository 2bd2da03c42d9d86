import { Client } from 'pg';
import { startPostgres, type Postgres } from '../../demo/postgres/start';
import { eventually } from './eventually';
import { setReadOnly } from './read-only';
import { TcpProxy } from './tcp-proxy';

let server: Postgres;
let proxy: TcpProxy;
let client: Client;
let broken: Error | undefined;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  proxy = await TcpProxy.open(server.port);
  client = new Client({ connectionString: proxy.through(server.url) });
  broken = undefined;
  client.on('error', (error) => {
    broken = error;
  });
  await client.connect();
});
afterEach(async () => {
  await proxy.close();
  await client.end().catch(() => undefined);
});

test('a fault test of a half-open connection hangs its client, and lets it go on', async () => {
  await client.query('SELECT 1');
  proxy.hang(true);
  let answered = false;
  const answer = client.query<{ two: number }>('SELECT 2 AS two').then(({ rows }) => {
    answered = true;
    return rows;
  });
  const other = new Client({ connectionString: server.url });
  await other.connect();
  await other.query('SELECT 1');
  await other.end();
  expect(answered).toBe(false);
  expect(broken).toBeUndefined();
  proxy.hang(false);
  expect(await answer).toEqual([{ two: 2 }]);
});

test('a fault test of a slow database delays every answer, in order', async () => {
  proxy.slow(300);
  const began = performance.now();
  await client.query('SELECT 1');
  expect(performance.now() - began).toBeGreaterThanOrEqual(290);
  proxy.slow(0);
  expect((await client.query('SELECT repeat($1, 100000) AS text', ['x'])).rows[0]).toHaveProperty(
    'text.length',
    100_000,
  );
});

test('a fault test of a lost connection breaks it, and a new one works', async () => {
  proxy.cut();
  await eventually(() => broken !== undefined, 'the client has noticed');
  await eventually(() => proxy.connections === 0, 'the connection is gone');
  const again = new Client({ connectionString: proxy.through(server.url) });
  await again.connect();
  await again.query('SELECT 1');
  await again.end();
});

test('a fault test of a failover refuses writes on connections that exist already', async () => {
  await client.query('CREATE TABLE written (n int)');
  await setReadOnly(server.adminUrl, true);
  await eventually(
    () =>
      client.query('INSERT INTO written VALUES (1)').then(
        () => false,
        (error: unknown) => (error as { code?: string }).code === '25006',
      ),
    'writes are refused',
  );
  await client.query('SELECT * FROM written');
  await setReadOnly(server.adminUrl, false);
  await eventually(
    () =>
      client.query('INSERT INTO written VALUES (2)').then(
        () => true,
        () => false,
      ),
    'writes are taken',
  );
});
