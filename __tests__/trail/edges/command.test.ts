import type { Client } from 'pg';
import { openDatabase } from '../../../trail/store/database';
import type { TestDatabase } from '../../support/postgres';
import { runTrail, type Outcome } from '../../support/run-trail';
import { edge, seedEdges } from '../../support/seed-edges';
import { trailDatabase } from '../../support/trail-database';

let database: TestDatabase;
let client: Client;
const now = Math.floor(Date.now() / 1000);
const hour = 3_600;

beforeAll(async () => {
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
  await seedEdges(client, [
    edge('web>db allow 7', now - 30 * 24 * hour, now - 60),
    edge('web>mail deny 2', now - 2 * hour),
    edge('batch>web allow 4', now - hour),
    edge('db>backup pass 1', now - 40 * hour),
  ]);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

const edges = (...argv: string[]): Promise<Outcome> =>
  runTrail(['edges', ...argv], { DATABASE_URL: database.url });

async function pairs(...argv: string[]): Promise<string[]> {
  const { stdout, exitCode } = await edges(...argv, '--json');
  expect(exitCode).toBe(0);
  return (JSON.parse(stdout) as { src_ns: string; dst_ns: string }[]).map(
    ({ src_ns: src, dst_ns: dst }) => `${src}>${dst}`,
  );
}

test('edges come newest first, and each filter keeps what it names', async () => {
  expect(await pairs()).toEqual(['batch>web', 'web>mail', 'db>backup', 'web>db']);
  expect(await pairs('--ns', 'web')).toEqual(['batch>web', 'web>mail', 'web>db']);
  expect(await pairs('--ns=db')).toEqual(['db>backup', 'web>db']);
  expect(await pairs('--src', 'web')).toEqual(['web>mail', 'web>db']);
  expect(await pairs('--dst', 'web')).toEqual(['batch>web']);
  expect(await pairs('--denied')).toEqual(['web>mail']);
  expect(await pairs('--new-since', '24h')).toEqual(['batch>web', 'web>mail']);
  expect(await pairs('--limit', '1')).toEqual(['batch>web']);
});

test('filters narrow each other', async () => {
  expect(await pairs('--src=web', '--denied', '--new-since=90m')).toEqual([]);
  expect(await pairs('--ns', 'web', '--dst', 'db')).toEqual(['web>db']);
});

test('--json has the fields that scripts rely on', async () => {
  const { stdout } = await edges('--denied', '--json');
  expect(JSON.parse(stdout)).toEqual([
    {
      src_ns: 'web',
      dst_ns: 'mail',
      action: 'deny',
      flow_count: 2,
      first_seen: new Date((now - 2 * hour) * 1000).toISOString().replace('.000', ''),
      last_seen: new Date((now - 2 * hour + 15) * 1000).toISOString().replace('.000', ''),
    },
  ]);
});

test('--peers-of lists both directions once, by name', async () => {
  const { stdout } = await edges('--peers-of', 'web', '--json');
  expect(JSON.parse(stdout)).toEqual([
    { peer: 'batch', action: 'allow' },
    { peer: 'db', action: 'allow' },
    { peer: 'mail', action: 'deny' },
  ]);
});

test('rows go to stdout as a table, remarks to stderr', async () => {
  const { stdout, stderr } = await edges('--src', 'web', '--limit', '1');
  const [head, row] = stdout.split('\n');
  expect(head).toMatch(
    /^SOURCE +DESTINATION +ACTION +FLOWS +FIRST SEEN \(UTC\) +AGE +LAST SEEN \(UTC\) +LAST$/,
  );
  expect(row).toMatch(/^web +mail +deny +2 +\d{4}-\d\d-\d\d \d\d:\d\d +2h ago +/);
  expect(stderr).toBe('trail: only the first 1 rows; --limit shows more\n');
});

test.each([
  [['--bogus'], "unknown option '--bogus'"],
  [['--ns', ''], 'a namespace has'],
  [['--ns', "x' OR '1'='1"], 'a namespace has'],
  [['--ns', 'Web'], 'a namespace has'],
  [['--src', 'a'.repeat(64)], 'a namespace has'],
  [['--new-since', '5 minutes'], 'use a duration'],
  [['--new-since', '0h'], 'use a duration'],
  [['--new-since', '2026-13-45'], 'use a duration'],
  [['--new-since', '2026-02-30'], 'use a duration'],
  [['--new-since', '2999-01-01'], 'future'],
  [['--limit', '0'], 'whole number'],
  [['--limit', '-1'], 'whole number'],
  [['--limit', 'ten'], 'whole number'],
  [['--sort', 'size'], 'Allowed choices'],
  [['surplus'], 'too many arguments'],
  [['--port', '0'], 'whole number'],
  [['--service', 'a b'], 'use letters'],
  [['--between', '2026-02-30', '2026-03-01'], 'use a date that exists'],
  [['--cluster', 'A'], 'use lower-case'],
  [['--via', 'ssh'], 'Allowed choices'],
  [['--format', 'xml'], 'Allowed choices'],
])('%j is refused with usage and exit code 2, not widened to everything', async (argv, problem) => {
  const { exitCode, stdout, stderr } = await edges(...argv);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(problem);
  expect(stderr).toContain('Usage: trail edges');
});

test.each([
  ['table', /always +db +allow +\d+ +-infinity +unknown +infinity +unknown/],
  ['json', /"first_seen": ?"-infinity",\s*"last_seen": ?"infinity"/],
  ['csv', /always,db,allow,1,-infinity,infinity/],
])('an edge that somebody gave infinite times ends the command: %s', async (format, row) => {
  await client.query(
    `INSERT INTO edge (cluster, src_ns, dst_ns, action, first_seen, last_seen, flow_count)
     VALUES ('default', 'always', 'db', 'allow', '-infinity', 'infinity', 1)`,
  );
  try {
    const { stdout, exitCode } = await edges('--src', 'always', '--format', format);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(row);
    expect((await edges('explain', 'always', 'db')).exitCode).toBe(0);
    expect((await edges('allowlist', 'always', '--json')).stdout).toContain('"-infinity"');
  } finally {
    await client.query("DELETE FROM edge WHERE src_ns = 'always'");
  }
});
