import type { Client } from 'pg';
import { connectClient } from '../../../trail/store/database';
import { transaction } from '../../../trail/store/transaction';
import { freshDatabase, type TestDatabase } from '../../support/postgres';
import { TcpProxy } from '../../support/tcp-proxy';

let database: TestDatabase;
let proxy: TcpProxy;
let client: Client;

beforeEach(async () => {
  database = await freshDatabase();
  proxy = await TcpProxy.open(Number(new URL(database.url).port));
  // Instead of a minute.
  client = await connectClient({ connectionString: proxy.through(database.url), query_timeout: 1_000 });
});
afterEach(async () => {
  await proxy.close();
  await client.end();
  await database.drop();
});

test('a transaction whose statement is never answered waits for the answer to a ROLLBACK as well', async () => {
  const written = transaction(client, async () => {
    proxy.hang(true);
    await client.query('SELECT 1');
  });
  await expect(written).rejects.toThrow('Query read timeout');
  // A connection that had been rolled back would take another query, and wait for its answer too.
  await expect(client.query('SELECT 1')).rejects.toThrow(/Connection terminated|not queryable/);
});

test('a statement that fails leaves a connection that the next transaction cannot use', async () => {
  await expect(transaction(client, () => client.query('SELECT 1 / 0'))).rejects.toThrow('division by zero');
  const { rows } = await transaction(client, () => client.query<{ one: number }>('SELECT 1 AS one'));
  expect(rows).toEqual([{ one: 1 }]);
});
