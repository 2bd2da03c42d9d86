import type { Client } from 'pg';
import { openDatabase } from '../../../trail/store/database';
import { pruneDays } from '../../../trail/store/prune-days';
import { acquireLease, LeaseLostError, type Lease } from '../../../trail/store/writer-lease';
import type { TestDatabase } from '../../support/postgres';
import { trailDatabase } from '../../support/trail-database';

let database: TestDatabase;
let client: Client;
let lease: Lease;

beforeEach(async () => {
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
  lease = (await acquireLease(client, 'default', 'test'))!;
  await client.query(
    `INSERT INTO edge_day SELECT cluster, date '1970-01-01' + day, 'web-' || pair, 'db', 'allow', 1, 1, 0, 0
     FROM unnest(ARRAY['default', 'other']) AS cluster, generate_series(100, 103) AS day, generate_series(1, 3) AS pair`,
  );
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

/** Rows left as "cluster day count". */
async function left(): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `SELECT cluster || ' ' || (day - date '1970-01-01') || ' ' || count(*) AS line
     FROM edge_day GROUP BY cluster, day ORDER BY cluster, day`,
  );
  return rows.map(({ line }) => line);
}
const others = ['other 100 3', 'other 101 3', 'other 102 3', 'other 103 3'];

test("old days go oldest first, so many rows at a time, and another cluster's stay", async () => {
  expect(await pruneDays(client, lease, 102, 4)).toBe(4);
  expect(await left()).toEqual(['default 101 2', 'default 102 3', 'default 103 3', ...others]);
  expect(await pruneDays(client, lease, 102, 4)).toBe(2);
  expect(await left()).toEqual(['default 102 3', 'default 103 3', ...others]);
  expect(await pruneDays(client, lease, 102, 4)).toBe(0);
});

test('a writer that was replaced removes nothing', async () => {
  await client.query("UPDATE writer SET epoch = epoch + 1 WHERE cluster = 'default'");
  await expect(pruneDays(client, lease, 102, 100)).rejects.toThrow(LeaseLostError);
  expect(await left()).toHaveLength(8);
});
