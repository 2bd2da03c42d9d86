import type { Client } from 'pg';
import fc from 'fast-check';
import { Ledger, type LedgerWrite } from '../../../trail/store/ledger';
import { openDatabase } from '../../../trail/store/database';
import { acquireLease, LeaseLostError } from '../../../trail/store/writer-lease';
import { contribution, windowAt } from '../../support/contributions';
import type { TestDatabase } from '../../support/postgres';
import { coverageLines, edgeLines, trailDatabase } from '../../support/trail-database';

const origin = windowAt(0);
let database: TestDatabase;
let client: Client;
let ledger: Ledger;

beforeEach(async () => {
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
  ledger = await open(client);
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

async function open(on: Client, cluster = 'default'): Promise<Ledger> {
  const lease = await acquireLease(on, cluster, 'test');
  if (lease === undefined) throw new Error('no lease');
  return Ledger.load(on, lease);
}

const first: LedgerWrite = {
  begin: windowAt(0),
  live: [
    contribution(0, 'shop>db:5432 allow 2 5'),
    contribution(1, 'shop>db:5432 allow 1 1', 'shop>mail:25 deny 1 3'),
  ],
  liveUntil: windowAt(2),
};

test('a window that is applied twice, by the same or by a new process, counts once', async () => {
  await ledger.write(first);
  await ledger.write(first);
  const again = await Ledger.load(client, { cluster: 'default', epoch: '1' });
  await again.write(first);
  expect(await edgeLines(client, origin)).toEqual(['shop>db allow 3 6 0..2', 'shop>mail deny 1 3 1..2']);
});

test('a later reading of a window replaces the earlier one, verdicts included', async () => {
  await ledger.write(first);
  await ledger.write({ live: [contribution(1, 'shop>db:5432 deny 1 1', 'shop>mail:25 deny 2 4')] });
  expect(await edgeLines(client, origin)).toEqual([
    'shop>db allow 2 5 0..1',
    'shop>db deny 1 1 1..2',
    'shop>mail deny 2 4 1..2',
  ]);
});

test('an edge whose only sight turns out to be something else is gone from every table', async () => {
  await ledger.write({
    begin: windowAt(0),
    live: [contribution(0, 'a>b:1 allow 1 1')],
    liveUntil: windowAt(1),
  });
  await ledger.write({ live: [contribution(0, 'a>b:1 deny 1 1')] });
  expect(await edgeLines(client, origin)).toEqual(['a>b deny 1 1 0..1']);
  for (const table of ['edge', 'edge_service', 'edge_day']) {
    const { rows } = await client.query<{ action: string }>(`SELECT action FROM ${table}`);
    expect(rows).toEqual([{ action: 'deny' }]);
  }
});

test('a reading of less, from a Goldmane that restarted or a stream that broke, takes nothing away', async () => {
  await ledger.write(first);
  await ledger.write({ live: [contribution(0), contribution(1, 'shop>db:5432 allow 1 0')] });
  expect(await edgeLines(client, origin)).toEqual(['shop>db allow 3 6 0..2', 'shop>mail deny 1 3 1..2']);
});

test('late reports arrive with the settle pass, which closes the window for good', async () => {
  await ledger.write(first);
  await ledger.write({
    live: [],
    settle: {
      until: windowAt(1),
      readings: [contribution(0, 'shop>db:5432 allow 3 7', 'web>shop:80 allow 1 1')],
    },
  });
  expect(await edgeLines(client, origin)).toEqual([
    'shop>db allow 4 8 0..2',
    'shop>mail deny 1 3 1..2',
    'web>shop allow 1 1 0..1',
  ]);
  expect(await coverageLines(client, origin)).toEqual(['0..1 settled']);
  expect(ledger.openWindows).toBe(1);
  await ledger.write({ live: [contribution(0, 'shop>db:5432 allow 99 99')] });
  expect((await edgeLines(client, origin))[0]).toBe('shop>db allow 4 8 0..2');
});

test('the settle pass has the last word on what a service is called', async () => {
  await ledger.write({ begin: windowAt(0), live: [contribution(0, 'a>dbaas/pg:1 allow 1 1')] });
  await ledger.write({
    live: [],
    settle: { until: windowAt(1), readings: [contribution(0, 'a>dbaas/mysql:1 allow 1 1')] },
  });
  const { rows } = await client.query('SELECT dst_service, flow_count FROM edge_service');
  expect(rows).toEqual([{ dst_service: 'mysql', flow_count: '1' }]);
  expect(await edgeLines(client, origin)).toEqual(['a>dbaas allow 1 1 0..1']);
});

test('an edge that loses its last window keeps the sight of it that is settled', async () => {
  await ledger.write({
    begin: windowAt(0),
    live: [0, 1, 2].map((index) => contribution(index, 'a>b:1 allow 1 1')),
    liveUntil: windowAt(3),
  });
  await ledger.write({ live: [], settle: { until: windowAt(1), readings: [] } });
  await ledger.write({ live: [contribution(2, 'a>b:1 deny 1 1')] });
  expect(await edgeLines(client, origin)).toEqual(['a>b allow 2 2 0..2', 'a>b deny 1 1 2..3']);
  await ledger.write({ live: [contribution(1, 'a>b:1 deny 1 1')] });
  expect(await edgeLines(client, origin)).toEqual(['a>b allow 1 1 0..1', 'a>b deny 2 2 1..3']);
});

test('an edge that loses its first window in the write that settles its others was first seen in those', async () => {
  await ledger.write({
    begin: windowAt(0),
    live: [0, 1].map((index) => contribution(index, 'a>b:1 allow 1 1')),
    liveUntil: windowAt(2),
  });
  await ledger.write({
    live: [],
    settle: { until: windowAt(2), readings: [contribution(0, 'a>b:1 deny 1 1')] },
  });
  expect(await edgeLines(client, origin)).toEqual(['a>b allow 1 1 1..2', 'a>b deny 1 1 0..1']);
});

test('windows that Goldmane forgot are a gap, the ones that were streamed before are not', async () => {
  await ledger.write(first);
  const result = await ledger.write({
    live: [contribution(10, 'a>b:1 allow 1 1')],
    forgottenUntil: windowAt(10),
  });
  expect(result.gapSeconds).toBe(8 * 15);
  expect(await coverageLines(client, origin)).toEqual(['0..2 live', '2..10 gap']);
  const listed = contribution(10, 'a>b:1 allow 1 1');
  await ledger.write({ live: [], settle: { until: windowAt(12), readings: [listed] } });
  await ledger.write({ live: [], settle: { until: windowAt(14), readings: [] } });
  expect(await coverageLines(client, origin)).toEqual(['0..2 live', '2..10 gap', '10..14 settled']);
});

test('a window is called settled that Goldmane had forgotten, all of it or a part, when it was to be settled', async () => {
  await ledger.write({
    begin: windowAt(0),
    live: [0, 2, 3, 5, 6].map((window) => contribution(window, 'shop>db:5432 allow 2 5')),
    liveUntil: windowAt(8),
  });
  const { settledSeconds } = await ledger.write({
    live: [],
    settle: {
      until: windowAt(7),
      readings: [
        contribution(0, 'shop>db:5432 deny 2 5'),
        contribution(3, 'shop>db:5432 allow 1 9'),
        contribution(6, 'shop>db:5432 allow 3 5'),
      ],
    },
  });
  const coverage = ['0..2 settled', '2..4 live', '4..5 settled', '5..6 live', '6..7 settled'];
  expect(await coverageLines(client, origin)).toEqual(coverage);
  expect(settledSeconds).toBe(4 * 15);
  await ledger.write({ live: [], settle: { until: windowAt(8), readings: [] } });
  expect((await coverageLines(client, origin)).at(-1)).toBe('6..8 settled');
});

test('a writer that was overtaken commits nothing', async () => {
  await ledger.write(first);
  await client.query('UPDATE writer SET epoch = epoch + 1');
  await expect(ledger.write({ live: [contribution(2, 'evil>db:1 allow 1 1')] })).rejects.toThrow(
    LeaseLostError,
  );
  expect(await edgeLines(client, origin)).toEqual(['shop>db allow 3 6 0..2', 'shop>mail deny 1 3 1..2']);
});

test('totals that PostgreSQL has no larger number for end all writing', async () => {
  await ledger.write(first);
  const full = '9223372036854775800';
  for (const table of ['edge', 'edge_service', 'edge_day']) {
    await client.query(
      `UPDATE ${table} SET flow_count = $1, connections = $1, bytes_out = $1, bytes_in = $1 WHERE dst_ns = 'db'`,
      [full],
    );
  }
  const last = contribution(2, 'shop>db:5432 allow 2 5', 'shop>mail:25 deny 1 1');
  await ledger.write({ live: [last], liveUntil: windowAt(3) });
  for (const table of ['edge', 'edge_service', 'edge_day']) {
    const { rows } = await client.query(
      `SELECT dst_ns, flow_count, connections, bytes_out, bytes_in FROM ${table} ORDER BY dst_ns`,
    );
    const most = '9223372036854775807';
    expect(rows).toEqual([
      {
        dst_ns: 'db',
        flow_count: '9223372036854775802',
        connections: '9223372036854775805',
        bytes_out: most,
        bytes_in: most,
      },
      { dst_ns: 'mail', flow_count: '2', connections: '4', bytes_out: '400', bytes_in: '40' },
    ]);
  }
});

test('more in one write than PostgreSQL has a number for ends all writing', async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const live = Array.from({ length: 1_100 }, (_, index) =>
    contribution(index, `shop>db:5432 allow 1 ${most}`),
  );
  await ledger.write({ begin: windowAt(0), live, liveUntil: windowAt(1_100) });
  const { rows } = await client.query<{ most: boolean }>('SELECT connections > 9e18 AS most FROM edge');
  expect(rows).toEqual([{ most: true }]);
});

test("one cluster's rows never touch another's", async () => {
  await ledger.write(first);
  const other = await openDatabase({ url: database.url });
  await (
    await open(other, 'west')
  ).write({ begin: windowAt(0), live: [contribution(0, 'shop>db:5432 allow 9 9')] });
  expect(await edgeLines(client, origin)).toEqual(['shop>db allow 3 6 0..2', 'shop>mail deny 1 3 1..2']);
  expect(await edgeLines(client, origin, 'west')).toEqual(['shop>db allow 9 9 0..1']);
  await other.end();
});

test('services, days and edges always add up to the same', async () => {
  const row = fc
    .tuple(
      fc.constantFrom('a>b', 'a>c', 'b>c'),
      fc.constantFrom(1, 2),
      fc.constantFrom('allow', 'deny'),
      fc.integer({ min: 1, max: 4 }),
    )
    .map(([pair, port, action, flows]) => `${pair}:${port} ${action} ${flows} ${flows}`);
  const distinct = fc.uniqueArray(row, {
    maxLength: 5,
    selector: (text) => text.split(' ').slice(0, 2).join(' '),
  });
  const steps = fc.array(fc.tuple(fc.nat(6), distinct, fc.nat(6)), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      await client.query('TRUNCATE edge, edge_service, edge_day, window_ledger, coverage, writer');
      const subject = await open(client);
      for (const [window, rows, settle] of script) {
        await subject.write({
          begin: windowAt(0),
          live: [contribution(window, ...rows)],
          ...(settle > 4
            ? { settle: { until: (subject.settledUntil ?? windowAt(0)) + 15, readings: [] } }
            : {}),
        });
      }
      const totals = await client.query<{ flows: string; connections: string }>(
        ['edge', 'edge_service', 'edge_day']
          .map(
            (table) =>
              `SELECT coalesce(sum(flow_count), 0) AS flows, coalesce(sum(connections), 0) AS connections FROM ${table}`,
          )
          .join(' UNION ALL '),
      );
      expect(new Set(totals.rows.map(({ flows, connections }) => `${flows} ${connections}`)).size).toBe(1);
      const bad = await client.query(
        'SELECT 1 FROM edge WHERE flow_count <= 0 OR first_seen >= last_seen OR settled_last_seen > last_seen',
      );
      expect(bad.rowCount).toBe(0);
    }),
    { numRuns: 40 },
  );
});
