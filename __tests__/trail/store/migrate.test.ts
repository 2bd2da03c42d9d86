import { Ledger } from '../../../trail/store/ledger';
import { migrate, requireSchemaVersion } from '../../../trail/store/migrate';
import { referenceEdge } from '../../../trail/store/migrations/0001-reference-edge';
import { migrations } from '../../../trail/store/migrations';
import { acquireLease } from '../../../trail/store/writer-lease';
import { freshDatabase } from '../../support/postgres';
import { withDatabase } from '../../support/trail-database';

test('an empty database gets the schema, once, whoever comes first', async () => {
  const database = await freshDatabase();
  const applied = await Promise.all(
    [1, 2, 3].map(() => withDatabase(database.url, (client) => migrate(client, 'default'))),
  );
  expect(applied.reduce((sum, each) => sum + each)).toBe(migrations.length);
  await withDatabase(database.url, requireSchemaVersion);
  await database.drop();
});

test('a migration asks for several things at once, which a distributed database can not pass on', async () => {
  const database = await freshDatabase();
  await withDatabase(database.url, async (client) => {
    const query = client.query.bind(client) as (config: object) => Promise<never>;
    // The extended protocol takes one statement at a time, as such a database does.
    client.query = ((asked: string | object, values?: unknown[]) =>
      query({
        ...(typeof asked === 'string' ? { text: asked, values } : asked),
        queryMode: 'extended',
      })) as typeof client.query;
    expect(await migrate(client, 'default')).toBe(migrations.length);
  });
  await database.drop();
});

test("an earlier aggregator's edges stay, become the cluster's, and counting goes on after them", async () => {
  const database = await freshDatabase();
  await withDatabase(database.url, async (client) => {
    await client.query(referenceEdge);
    await client.query(`INSERT INTO edge VALUES
      ('shop', 'db', 'allow', '2024-06-25 08:00:07Z', '2024-11-20 23:59:51Z', 41234),
      ('shop', 'mail', 'deny', '2024-07-01 00:00:00Z', '2024-07-01 00:00:15Z', 1)`);
    await migrate(client, 'homelab');
    const { rows } = await client.query(
      'SELECT cluster, src_ns, dst_ns, action, first_seen, last_seen, flow_count FROM edge ORDER BY dst_ns',
    );
    expect(rows).toEqual([
      {
        cluster: 'homelab',
        src_ns: 'shop',
        dst_ns: 'db',
        action: 'allow',
        first_seen: new Date('2024-06-25T08:00:07Z'),
        last_seen: new Date('2024-11-20T23:59:51Z'),
        flow_count: '41234',
      },
      {
        cluster: 'homelab',
        src_ns: 'shop',
        dst_ns: 'mail',
        action: 'deny',
        first_seen: new Date('2024-07-01T00:00:00Z'),
        last_seen: new Date('2024-07-01T00:00:15Z'),
        flow_count: '1',
      },
    ]);
    const progress = await client.query('SELECT cluster, settled_until FROM writer');
    expect(progress.rows).toEqual([{ cluster: 'homelab', settled_until: new Date('2024-11-21T00:00:00Z') }]);
    // The questions that people have asked so far.
    const runbook = await client.query(
      "SELECT src_ns, array_agg(DISTINCT dst_ns ORDER BY dst_ns) AS allowed FROM edge WHERE action = 'allow' GROUP BY src_ns",
    );
    expect(runbook.rows).toEqual([{ src_ns: 'shop', allowed: ['db'] }]);
  });
  await database.drop();
});

test.each([
  ['was seen at infinity', "'2024-07-01Z', 'infinity'"],
  ['was seen before all time', "'-infinity', '-infinity'"],
  ['was seen after all time', "'infinity', 'infinity'"],
  ['will be seen in 30 days', "now(), now() + interval '30 days'"],
])('an edge that %s keeps the program from starting, or from counting for as long', async (_what, seen) => {
  const database = await freshDatabase();
  await withDatabase(database.url, async (client) => {
    await client.query(referenceEdge);
    await client.query(`INSERT INTO edge VALUES
      ('shop', 'db', 'allow', '2024-06-25Z', '2024-11-20 23:59:51Z', 41234), ('odd', 'db', 'allow', ${seen}, 1)`);
    await migrate(client, 'default');
    const lease = (await acquireLease(client, 'default', 'test'))!;
    const ledger = await Ledger.load(client, lease);
    expect(ledger.settledUntil! % 15).toBe(0);
    expect(ledger.settledUntil).toBeGreaterThanOrEqual(Date.UTC(2024, 10, 21) / 1000);
    expect(ledger.settledUntil).toBeLessThan(Date.now() / 1000 + 15);
    const { rows } = await client.query(
      'SELECT FROM edge WHERE NOT isfinite(first_seen) OR NOT isfinite(last_seen) OR NOT isfinite(settled_last_seen)',
    );
    expect(rows).toEqual([]);
    expect(await ledger.lastBusyWindow()).toBe(Date.UTC(2024, 10, 20, 23, 59, 45) / 1000);
  });
  await database.drop();
});

test('a database whose only edge has infinite times counts again what it has counted already', async () => {
  const database = await freshDatabase();
  await withDatabase(database.url, async (client) => {
    await client.query(referenceEdge);
    await client.query("INSERT INTO edge VALUES ('odd', 'db', 'allow', '-infinity', 'infinity', 1)");
    await migrate(client, 'default');
    const lease = (await acquireLease(client, 'default', 'test'))!;
    const ledger = await Ledger.load(client, lease);
    expect(Math.abs(ledger.settledUntil! - Date.now() / 1000)).toBeLessThan(60);
    const { rows } = await client.query('SELECT first_seen, last_seen, told FROM edge');
    expect(rows).toEqual([{ first_seen: new Date(0), last_seen: new Date(0), told: true }]);
  });
  await database.drop();
});

test('a database that a newer trail migrated is left alone', async () => {
  const database = await freshDatabase();
  await withDatabase(database.url, async (client) => {
    await migrate(client, 'default');
    await client.query("INSERT INTO trail_migration VALUES (999, 'from the future')");
    await expect(migrate(client, 'default')).rejects.toThrow(/\[database-newer\].*version 999/);
  });
  await database.drop();
});

test('a reader of a database without schema is told what to run', async () => {
  const database = await freshDatabase();
  await expect(withDatabase(database.url, requireSchemaVersion)).rejects.toThrow(
    /\[database-older\].*trail aggregate/,
  );
  await database.drop();
});
