import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from '../../../contract';
import { Authority } from '../../../demo/certificates/authority';
import { freshDatabase } from '../../support/postgres';
import { runTrail } from '../../support/run-trail';
import { withDatabase } from '../../support/trail-database';

let directory: string;
let good: Record<string, string>;
const path = (name: string): string => join(directory, name);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trail-start-'));
  const authority = await Authority.create();
  const [client, other] = await Promise.all([
    authority.issue({ name: 'one' }),
    authority.issue({ name: 'other' }),
  ]);
  writeFileSync(path('tls.crt'), client.certificate);
  writeFileSync(path('tls.key'), client.key);
  writeFileSync(path('other.key'), other.key);
  writeFileSync(path('ca.crt'), authority.bundle);
  writeFileSync(path('empty'), '');
  good = {
    [env.goldmaneHost]: '127.0.0.1:1',
    [env.tlsCertPath]: path('tls.crt'),
    [env.tlsKeyPath]: path('tls.key'),
    [env.caCertPath]: path('ca.crt'),
    [env.databaseUrl]: 'postgresql://trail@127.0.0.1:1/edges',
    [env.httpPort]: '0',
    [env.logLevel]: 'silent',
  };
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Runs `trail aggregate`; expects failure and one line on stderr, and returns that line. */
async function fails(change: Record<string, string>): Promise<string> {
  const { exitCode, stderr } = await runTrail(['aggregate', '--startup-patience', '1'], {
    ...good,
    ...change,
  });
  expect(exitCode).toBe(1);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).not.toContain('s3cret');
  return stderr;
}

test.each([
  [
    'a missing certificate',
    () => ({ [env.tlsCertPath]: path('missing') }),
    /\[certificate-unreadable\] .*missing: ENOENT; make TLS_CERT_PATH name/,
  ],
  [
    'a directory as certificate',
    () => ({ [env.caCertPath]: directory }),
    /\[certificate-unreadable\] .*EISDIR; make CA_CERT_PATH name/,
  ],
  [
    'an empty certificate',
    () => ({ [env.tlsCertPath]: path('empty') }),
    /\[certificate-invalid\] .*empty does not hold a PEM certificate/,
  ],
  [
    'an empty key',
    () => ({ [env.tlsKeyPath]: path('empty') }),
    /\[certificate-invalid\] .*empty does not hold a PEM private key/,
  ],
  [
    "another certificate's key",
    () => ({ [env.tlsKeyPath]: path('other.key') }),
    /\[certificate-mismatch\] the key .*other\.key does not belong/,
  ],
  [
    'a URL that is none',
    () => ({ [env.databaseUrl]: 'mysql://root:s3cret@db/x' }),
    /\[database-url-invalid\] DATABASE_URL is not a PostgreSQL URL/,
  ],
  [
    'a URL file that is missing',
    () => ({ [env.databaseUrlFile]: path('missing') }),
    /\[database-url-unreadable\] .*missing: ENOENT/,
  ],
])('%s is named with its remedy', async (_name, change, message) => {
  expect(await fails(change())).toMatch(message);
});

test('a port in use is named', async () => {
  const server = await listening();
  const port = (server.address() as AddressInfo).port;
  expect(await fails({ [env.httpPort]: String(port) })).toMatch(
    `[port] port ${port} is in use; set HTTP_PORT`,
  );
  server.close();
});

test('a database that refuses connections ends a start after a while', async () => {
  expect(await fails({ [env.databaseUrl]: 'postgresql://trail:s3cret@127.0.0.1:1/edges' })).toMatch(
    /\[database-unreachable\] 127\.0\.0\.1:1\/edges: ECONNREFUSED/,
  );
});

test('a database that a newer release migrated ends a start at once', async () => {
  const database = await freshDatabase();
  await withDatabase(database.url, async (client) => {
    await client.query(
      'CREATE TABLE trail_migration (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    await client.query("INSERT INTO trail_migration VALUES (999, 'from the future')");
  });
  expect(await fails({ [env.databaseUrl]: database.url })).toMatch(
    /\[database-newer\] the database has schema version 999/,
  );
  await database.drop();
});

test('a server that is no primary any more ends a start after a while', async () => {
  const database = await freshDatabase();
  await withDatabase(database.adminUrl, async (client) => {
    const name = client.escapeIdentifier(database.name);
    await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  });
  expect(await fails({ [env.databaseUrl]: database.url })).toMatch(
    /\[database-read-only\] the database is read-only \(25006\).*; make DATABASE_URL lead to the primary/,
  );
  await database.drop();
});

test('a Goldmane that refuses connections ends a start after a while', async () => {
  const database = await freshDatabase();
  expect(await fails({ [env.databaseUrl]: database.url })).toMatch(
    /\[goldmane-refused\] 127\.0\.0\.1:1 refused the connection; check that Goldmane runs/,
  );
  await database.drop();
});

function listening(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      resolve(server);
    });
  });
}
