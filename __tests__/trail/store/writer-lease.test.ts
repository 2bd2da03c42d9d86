import type { Client } from 'pg';
import { openDatabase } from '../../../trail/store/database';
import { acquireLease, LEASE_SECONDS, renewLease, type Lease } from '../../../trail/store/writer-lease';
import { eventually } from '../../support/eventually';
import type { TestDatabase } from '../../support/postgres';
import { trailDatabase, withDatabase } from '../../support/trail-database';

let database: TestDatabase;
let writer: Client;
let standby: Client;

beforeEach(async () => {
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
const take = (): Promise<Lease | undefined> => acquireLease(standby, 'default', 'standby/1');

/** As if the writer had said nothing for longer than it may. */
async function missHeartbeats(): Promise<void> {
  await standby.query('UPDATE writer SET heartbeat_at = now() - make_interval(secs => $1)', [
    LEASE_SECONDS + 1,
  ]);
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
  await missHeartbeats();
  expect((await take())?.epoch).toBe('2');
});

test('a server that does not say which one it is can not be written to, or has two writers in turn', async () => {
  await withDatabase(database.adminUrl, (client) =>
    client.query('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC'),
  );
  await acquired(writer);
  await writer.query('SELECT pg_advisory_unlock_all()');
  expect(await take()).toBeUndefined();
  await missHeartbeats();
  expect((await take())?.epoch).toBe('2');
  await missHeartbeats();
  expect((await acquired(writer)).epoch).toBe('3');
});
