import type { Client } from 'pg';
import type { KnownServices } from '../../../trail/flow/key-space';
import { openDatabase } from '../../../trail/store/database';
import { readKnownServices } from '../../../trail/store/known-services';
import { transaction } from '../../../trail/store/transaction';
import type { TestDatabase } from '../../support/postgres';
import { trailDatabase } from '../../support/trail-database';

let database: TestDatabase;
let client: Client;

beforeEach(async () => {
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

/** `ports` services, from 1 on, of each of the pairs `src-1>db`, `src-2>db`, …; with both verdicts. */
async function seed(src: string, pairs: number, ports: number, cluster = 'default'): Promise<void> {
  await client.query('INSERT INTO writer (cluster) VALUES ($1) ON CONFLICT DO NOTHING', [cluster]);
  await client.query(
    `INSERT INTO edge_service (cluster, src_ns, src_service, dst_ns, dst_service, protocol, dst_port, action,
       flow_count, connections, bytes_out, bytes_in, first_seen, last_seen)
     SELECT $1, $2 || '-' || pair, '', 'db', '', 'tcp', port, action, 1, 1, 1, 1, to_timestamp(0), to_timestamp(15)
     FROM generate_series(1, $3::int) AS pair, generate_series(1, $4::int) AS port,
       unnest(ARRAY['allow', 'deny']) AS action`,
    [cluster, src, pairs, ports],
  );
}

/** "pair: services" of what is known. */
function pairs({ services }: KnownServices): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { srcNs, dstNs } of services) count[`${srcNs}>${dstNs}`] = (count[`${srcNs}>${dstNs}`] ?? 0) + 1;
  return count;
}

test('services are known once, however many verdicts they have, and another cluster has no part in it', async () => {
  await seed('web', 2, 3);
  await seed('web', 1, 9, 'west');
  const known = await read(12);
  expect(known.from).toBe(1);
  expect(pairs(known)).toEqual({ 'web-1>db': 3, 'web-2>db': 3 });
  expect([...known.services][0]).toEqual({
    srcNs: expect.stringMatching(/^web-[12]$/) as string,
    srcService: '',
    dstNs: 'db',
    dstService: '',
    protocol: 'tcp',
    dstPort: expect.any(Number) as number,
  });
});

test('where services are many those of the fullest pairs are known, their `other` row too', async () => {
  await seed('quiet', 300, 15);
  await seed('busy', 2, 16);
  // A row that stands for others makes no pair busy.
  await client.query(
    `UPDATE edge_service SET protocol = 'other', dst_port = 0 WHERE src_ns = 'busy-2' AND dst_port = 16`,
  );
  await seed('full', 1, 17);
  await client.query(
    `UPDATE edge_service SET protocol = 'other', dst_port = 0 WHERE src_ns = 'full-1' AND dst_port = 17`,
  );
  // Rows of both verdicts, those of `other` left out: 32 each, then 30 of `busy-2` and of each quiet pair.
  const known = await read(32 + 32 + 29);
  expect(known.from).toBe(31);
  expect(pairs(known)).toEqual({ 'busy-1>db': 16, 'full-1>db': 17 });
  const more = await read(32 + 32 + 30);
  expect(more.from).toBe(31);
  expect(pairs(more)).toEqual({ 'busy-1>db': 16, 'full-1>db': 17, 'busy-2>db': 16 });
  expect((await read(100_000)).from).toBe(1);
});

test('more services than are fetched at a time are all known', async () => {
  await seed('web', 30, 200);
  const known = await read(12_000);
  expect(Object.values(pairs(known))).toEqual(Array.from({ length: 30 }, () => 200));
});

test('a new database has nothing to know', async () => {
  const known = await read(16);
  expect([...known.services]).toEqual([]);
  expect(known.from).toBe(1);
});

function read(most: number): Promise<KnownServices> {
  return transaction(client, () => readKnownServices(client, 'default', most));
}
