import type { Client } from 'pg';
import { openDatabase } from '../../../trail/store/database';
import type { TestDatabase } from '../../support/postgres';
import { runTrail, type Outcome } from '../../support/run-trail';
import { edge, seedEdges } from '../../support/seed-edges';
import { trailDatabase } from '../../support/trail-database';

let database: TestDatabase;
let client: Client;
const day = 86_400;
const now = Math.floor(Date.now() / 1000);
const today = Math.floor(now / day) * day;
const iso = (time: number): string => new Date(time * 1000).toISOString().slice(0, 10);

beforeAll(async () => {
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
  await seedEdges(client, [
    edge('web>db allow 90', now - 20 * day, now - 60),
    edge('web>db deny 3', now - 9 * day, now - 8 * day),
    edge('web>monitoring allow 5', now - 3 * day),
    edge('batch>db allow 1', now - 2 * day),
  ]);
  await seedEdges(client, [edge('x>y', now - 60)], 'other');
  await client.query(
    `INSERT INTO edge_service (cluster, src_ns, src_service, dst_ns, dst_service, protocol, dst_port, action,
       first_seen, last_seen, flow_count, connections, bytes_out, bytes_in)
     SELECT 'default', src, '', dst, service, 'tcp', port, 'allow', to_timestamp($1), to_timestamp($2), flows, 1, 1, 1
     FROM (VALUES ('web', 'db', '', 5432, 80), ('web', 'db', '', 9187, 10), ('web', 'monitoring', 'prometheus', 9090, 5),
       ('batch', 'db', '', 5432, 1)) AS v (src, dst, service, port, flows)`,
    [now - 3 * day, now - 60],
  );
  await client.query(
    `INSERT INTO edge_day (cluster, day, src_ns, dst_ns, action, flow_count, connections, bytes_out, bytes_in)
     SELECT 'default', d::date, 'web', 'db', 'allow', 10, 1, 1, 1 FROM generate_series($1::date, $2::date, '1 day') AS d`,
    [iso(today - 8 * day), iso(today)],
  );
  await cover([-15, -5, 'settled'], [-5, -4, 'gap'], [-4, 0, 'settled']);
  await client.query("UPDATE writer SET settled_until = now(), live_until = now() WHERE cluster = 'default'");
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function cover(
  ...ranges: readonly (readonly [from: number, to: number, state: string])[]
): Promise<void> {
  await client.query('DELETE FROM coverage');
  for (const [from, to, state] of ranges)
    await client.query(
      "INSERT INTO coverage VALUES ('default', now() + make_interval(days => $1), now() + make_interval(days => $2), $3)",
      [from, to, state],
    );
}

const edges = (...argv: string[]): Promise<Outcome> =>
  runTrail(['edges', ...argv], { DATABASE_URL: database.url, CLUSTER_NAME: 'default' });

async function objects(...argv: string[]): Promise<Record<string, unknown>[]> {
  const { stdout, stderr } = await edges(...argv, '--json');
  try {
    return JSON.parse(stdout) as Record<string, unknown>[];
  } catch {
    throw new Error(stderr);
  }
}

test('--port and --service show who uses what, by service', async () => {
  expect((await objects('--port', '5432', '--sort', 'name')).map((row) => row['src_ns'])).toEqual([
    'batch',
    'web',
  ]);
  expect(await objects('--service', 'prometheus')).toEqual([
    expect.objectContaining({
      src_ns: 'web',
      dst_ns: 'monitoring',
      dst_service: 'prometheus',
      protocol: 'tcp',
      dst_port: 9090,
    }),
  ]);
  const { stdout } = await edges('--service', 'prometheus');
  expect(stdout).toMatch(/web +monitoring\/prometheus +tcp\/9090 +allow/);
});

test('--between counts what was seen within the days, both included', async () => {
  const rows = await objects('--between', iso(today - 3 * day), iso(today - day));
  expect(rows).toEqual([expect.objectContaining({ src_ns: 'web', dst_ns: 'db', flow_count: 30, days: 3 })]);
  expect(await objects('--between', iso(today - 100 * day), iso(today - 90 * day))).toEqual([]);
  expect((await edges('--between', iso(today), iso(today - day))).exitCode).toBe(2);
  expect((await edges('--between', iso(today))).exitCode).toBe(2);
});

test('every format holds the same rows', async () => {
  const argv = ['--src', 'web', '--dst', 'db', '--sort', 'name'];
  const rows = await objects(...argv);
  const ndjson = (await edges(...argv, '--format', 'ndjson')).stdout.trim().split('\n');
  expect(ndjson.map((line) => JSON.parse(line) as unknown)).toEqual(rows);
  const [head, first] = (await edges(...argv, '--format', 'csv')).stdout.split('\r\n');
  expect(head).toBe('src_ns,dst_ns,action,flow_count,first_seen,last_seen');
  expect(first).toBe(Object.values(rows[0]!).join(','));
  expect((await edges(...argv, '--format', 'dot')).stdout).toContain(
    '  "web" -> "db" [label="deny", color=red, fontcolor=red, style=dashed];',
  );
  expect((await edges(...argv, '--format', 'mermaid')).stdout).toBe(`flowchart LR
  n0["web"]
  n1["db"]
  n0 --> n1
  n0 -.->|"deny"| n1
  linkStyle 1 stroke:red,color:red
`);
});

test('an empty answer is still valid in each format, and says on stderr whether the time was recorded', async () => {
  expect((await edges('--ns', 'nobody', '--json')).stdout).toBe('[]\n');
  expect((await edges('--ns', 'nobody', '--format', 'csv')).stdout).toBe(
    'src_ns,dst_ns,action,flow_count,first_seen,last_seen\r\n',
  );
  expect((await edges('--ns', 'nobody', '--new-since', '3h')).stderr).toBe(
    'trail: no edge matches; the whole time was recorded\n',
  );
  expect((await edges('--ns', 'nobody', '--new-since', '6d')).stderr).toMatch(/no record from .* \(1d\)/);
  expect((await edges('--ns', 'nobody', '--new-since', '30d')).stderr).toMatch(/the record begins .* UTC/);
  expect((await edges('--cluster', 'other', '--ns', 'nobody')).stderr).toMatch(
    /nothing was ever recorded for cluster 'other'/,
  );
});

test('an unknown cluster and a missing choice name the clusters that there are', async () => {
  const unknown = await edges('--cluster', 'prod');
  expect(unknown).toMatchObject({ exitCode: 2, stdout: '' });
  expect(unknown.stderr).toContain("no cluster 'prod'; it has default, other");
  const none = await runTrail(['edges'], { DATABASE_URL: database.url });
  expect(none.stderr).toContain('several clusters: default, other');
});

test('contradicting options are refused, not guessed', async () => {
  for (const argv of [
    ['--json', '--format', 'csv'],
    ['--peers-of', 'web', '--port', '80'],
    ['--peers-of', 'web', '--format', 'dot'],
    ['--ns', 'web', 'matrix'],
  ]) {
    expect(await edges(...argv)).toMatchObject({ exitCode: 2, stdout: '' });
  }
});

test('explain says since when, how often, on which ports, when it was denied, and on what evidence', async () => {
  const { stdout } = await edges('explain', 'web', 'db');
  expect(stdout).toMatch(/allow {2}since .* \(20d ago\), last .* \(1m ago\), 90 flows/);
  expect(stdout).toContain('seen on 9 of the last 30 days');
  expect(stdout).toMatch(/last denied: .* \(8d ago\)/);
  expect(stdout).toContain('the other way: never seen');
  expect(stdout).toMatch(/web +db +tcp\/5432 +allow +80/);
  expect(stdout).toMatch(/evidence: 14d recorded since/);
  expect(stdout).toMatch(/no record from .* \(1d\)/);
  const parsed = JSON.parse((await edges('explain', 'web', 'db', '--json')).stdout) as Record<
    string,
    unknown
  >;
  expect(parsed).toMatchObject({ src_ns: 'web', dst_ns: 'db', days_seen_of_last_30: { allow: 9 } });
  expect((await edges('explain', 'web', 'nobody')).stdout).toContain('never seen');
  expect((await edges('explain', 'web')).exitCode).toBe(2);
  expect((await edges('explain', 'web', '')).exitCode).toBe(2);
});

test('matrix has one row for each source, allowed destinations only', async () => {
  expect(await objects('matrix')).toEqual([
    { src_ns: 'batch', allowed_dst_ns: ['db'] },
    { src_ns: 'web', allowed_dst_ns: ['db', 'monitoring'] },
  ]);
  expect((await edges('matrix')).stdout).toMatch(
    /^SOURCE +SEEN TALKING TO\nbatch +db\nweb +db, monitoring\n$/,
  );
});

test('allowlist names ports, and warns with exit code 3 while too little was recorded', async () => {
  const short = await edges('allowlist', 'web', '--json');
  expect(JSON.parse(short.stdout)).toEqual([
    expect.objectContaining({ dst_ns: 'db', ports: ['tcp/5432', 'tcp/9187'] }),
    expect.objectContaining({ dst_ns: 'monitoring', ports: ['prometheus tcp/9090'] }),
  ]);
  expect(short.exitCode).toBe(3);
  expect(short.stderr).toContain('only 6.0 of the last 7 days were recorded: do not enforce this list yet');
  expect(short.stderr).toContain('web was denied db, last 8d ago');

  const enough = await edges('allowlist', 'web', '--days', '3');
  expect(enough.exitCode).toBe(0);
  expect(enough.stderr).toContain('all of the last 3 days were recorded');
});
