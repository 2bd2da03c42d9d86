import type { Client } from 'pg';
import { openDatabase } from '../../../trail/store/database';
import { LEASE_SECONDS, LeaseWatch } from '../../../trail/store/lease-watch';
import { transaction } from '../../../trail/store/transaction';
import { acquireLease, LeaseLostError, renewLease, type Lease } from '../../../trail/store/writer-lease';
import { eventually } from '../../support/eventually';
import type { TestDatabase } from '../../support/postgres';
import { trailDatabase, withDatabase } from '../../support/trail-database';

let database: TestDatabase;
let writer: Client;
let standby: Client;
/** The standby's monotonic clock. */
let now = 0;
let watch: LeaseWatch;

beforeEach(async () => {
  watch = new LeaseWatch(() => now);
  database = await trailDatabase();
  writer = await openDatabase({ url: database.url });
  standby = await openDatabase({ url: database.url });
});
afterEach(async () => {
  await Promise.all([writer.end(), standby.end()]);
  await database.drop();
});

async function acquired(client: Client): Promise<Lease> {
  const lease = await acquireLease(client, 'default', 'writer/1');
  if (lease === undefined) throw new Error('no lease');
  return lease;
}
const take = (): Promise<Lease | undefined> => acquireLease(standby, 'default', 'standby/1', watch);

/** The writer says nothing for longer than it may. */
function missHeartbeats(): void {
  now += (LEASE_SECONDS + 1) * 1000;
}

test('a writer whose connection is gone keeps a standby waiting', async () => {
  await acquired(writer);
  expect(await take()).toBeUndefined();
  await writer.end();
  // The server needs a moment to notice.
  await eventually(async () => (await take())?.epoch === '2', 'the standby takes over');
});

test('of replicas that are connected to different nodes of one database, each takes the lease from the other', async () => {
  const lease = await acquired(writer);
  // Another node: its number is another, and the writer's lock is not there.
  await writer.query('SELECT pg_advisory_unlock_all()');
  await writer.query("UPDATE writer SET holder = regexp_replace(holder, ' on .*', ' on 1')");
  expect(await take()).toBeUndefined();
  await renewLease(writer, lease);
  expect(await take()).toBeUndefined();
  missHeartbeats();
  expect((await take())?.epoch).toBe('2');
});

test('a server that does not say which one it is can not be written to, or has two writers in turn', async () => {
  await withDatabase(database.adminUrl, (client) =>
    client.query('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC'),
  );
  await acquired(writer);
  await writer.query('SELECT pg_advisory_unlock_all()');
  expect(await take()).toBeUndefined();
  missHeartbeats();
  expect((await take())?.epoch).toBe('2');
  watch = new LeaseWatch(() => now);
  const takeBack = (): Promise<Lease | undefined> => acquireLease(writer, 'default', 'writer/1', watch);
  expect(await takeBack()).toBeUndefined();
  missHeartbeats();
  expect((await takeBack())?.epoch).toBe('3');
});

test('a writer that goes on renewing, or a standby that has only just come, has to fear for the lease', async () => {
  const lease = await acquired(writer);
  expect(await take()).toBeUndefined();
  for (let heartbeat = 0; heartbeat < 3; heartbeat++) {
    await renewLease(writer, lease);
    missHeartbeats();
    expect(await take()).toBeUndefined();
  }
  watch = new LeaseWatch(() => now);
  expect(await take()).toBeUndefined();
});

test('a commit that takes longer than the lease gives it to a standby that looks right after', async () => {
  await acquired(writer);
  expect(await take()).toBeUndefined();
  missHeartbeats();
  // Of the transaction's beginning.
  await writer.query("UPDATE writer SET heartbeat_at = now() - interval '11 s'");
  expect(await take()).toBeUndefined();
});

test('a standby waits for the end of a transaction of the writer instead of being told that it writes', async () => {
  const lease = await acquired(writer);
  expect(await take()).toBeUndefined();
  missHeartbeats();
  await transaction(writer, async () => {
    await renewLease(writer, lease);
    expect(await take()).toBeUndefined();
  });
  expect(await take()).toBeUndefined();
  missHeartbeats();
  expect((await take())?.epoch).toBe('2');
  await expect(renewLease(writer, lease)).rejects.toThrow(LeaseLostError);
});

test("the server keeps a dead writer's connection for hours", async () => {
  await acquired(writer);
  const { rows } = await writer.query(
    `SELECT name, setting FROM pg_settings WHERE name LIKE 'tcp\\_%' ORDER BY name`,
  );
  expect(rows).toEqual([
    { name: 'tcp_keepalives_count', setting: '3' },
    { name: 'tcp_keepalives_idle', setting: '10' },
    { name: 'tcp_keepalives_interval', setting: '5' },
    { name: 'tcp_user_timeout', setting: '25000' },
  ]);
});
