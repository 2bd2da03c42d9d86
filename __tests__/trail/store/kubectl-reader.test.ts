import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { openDatabase } from '../../../trail/store/database';
import type { TestDatabase } from '../../support/postgres';
import { runTrail, type Outcome } from '../../support/run-trail';
import { edge, seedEdges } from '../../support/seed-edges';
import { trailDatabase } from '../../support/trail-database';

// The fake stands where kubectl is: it notes its arguments and stdin, and runs the psql that it is asked for.
const FAKE = `#!/bin/sh
printf '%s\\n' "$@" >> "$FAKE_LOG"
printf -- '--\\n' >> "$FAKE_LOG"
case "$1" in
  get) printf '%s' "$FAKE_PODS" ;;
  *)
    while [ "$1" != -- ]; do shift; done
    shift
    tee "$FAKE_STDIN" | "$@"
    ;;
esac
`;

const now = Math.floor(Date.now() / 1000);
let folder: string;
let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trail-kubectl-'));
  await writeFile(join(folder, 'kubectl'), FAKE);
  await chmod(join(folder, 'kubectl'), 0o755);
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
  await seedEdges(client, [
    edge('web>db allow 7', now - 3_600),
    edge('web>mail deny 2', now - 60),
    edge('always>db allow 1', -Infinity, Infinity),
  ]);
});

afterAll(async () => {
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

beforeEach(() => writeFile(join(folder, 'log'), ''));

function edges(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const url = new URL(database.url);
  return runTrail(['edges', '--via', 'kubectl', '--via-database', database.name, ...argv], {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: url.username,
    PGPASSWORD: url.password,
    FAKE_LOG: join(folder, 'log'),
    FAKE_STDIN: join(folder, 'stdin'),
    FAKE_PODS: 'pod/pg-cluster-1\n',
    ...env,
  });
}

const calls = async (): Promise<string[][]> =>
  (await readFile(join(folder, 'log'), 'utf8'))
    .split('--\n')
    .map((call) => call.split('\n').filter((word) => word !== ''))
    .filter((call) => call.length > 0);

const psql = spawnSync('psql', ['--version']).error === undefined;

(psql ? describe : describe.skip)('through psql (skipped where psql is not installed)', () => {
  test('--via kubectl gives the same rows as a connection of its own', async () => {
    for (const argv of [
      ['--json'],
      ['--ns', 'web', '--denied', '--json'],
      ['--peers-of', 'web', '--json'],
      ['matrix', '--json'],
    ]) {
      const direct = await runTrail(['edges', ...argv], { DATABASE_URL: database.url });
      const [first = '', ...rest] = argv;
      const options = ['--via', 'kubectl', '--via-database', database.name];
      const through = first === 'matrix' ? await edgesMatrix(rest, options) : await edges(argv);
      expect(through.stderr).toBe('');
      expect(JSON.parse(through.stdout)).toEqual(JSON.parse(direct.stdout));
    }
  });

  test('the pod is the primary, and neither password nor SQL is on the command line', async () => {
    await edges(['--ns', 'web', '--new-since', '2h']);
    const [find, ask] = await calls();
    expect(find).toEqual(['get', 'pods', '-n', 'dbaas', '-l', 'cnpg.io/instanceRole=primary', '-o', 'name']);
    expect(ask!.slice(0, 6)).toEqual(['exec', '-i', '-n', 'dbaas', 'pod/pg-cluster-1', '-c']);
    expect((await calls()).flat().join(' ')).not.toMatch(/SELECT|password|postgresql:/i);
  });

  test('the session is read-only and limited, and values stay out of the SQL', async () => {
    await edges(['--ns', 'web']);
    const script = await readFile(join(folder, 'stdin'), 'utf8');
    expect(script).toMatch(/^SET default_transaction_read_only = on;\nSET statement_timeout = '30s';\n/);
    expect(script).not.toContain("'web'");
    const argv = (await calls()).at(-1)!;
    expect(argv.some((word) => /^q\dp\d=web$/.test(word))).toBe(true);
  });

  test('a value with quotes and backslashes stays a value', async () => {
    const { openKubectlReader } = await import('../../../trail/store/kubectl-reader');
    const url = new URL(database.url);
    const reader = openKubectlReader({
      namespace: 'dbaas',
      database: database.name,
      signal: new AbortController().signal,
      env: {
        PATH: `${folder}:${process.env['PATH'] ?? ''}`,
        ...{ PGHOST: url.hostname, PGPORT: url.port, PGUSER: url.username, PGPASSWORD: url.password },
        ...{ FAKE_LOG: join(folder, 'log'), FAKE_STDIN: join(folder, 'stdin'), FAKE_PODS: 'pod/a\n' },
      },
    });
    const evil = `'; DROP TABLE edge; -- \\ " :'x' $1`;
    const [rows] = await reader.ask({
      text: 'SELECT $1::text AS one, $2::text[] AS many, $3::int AS none',
      values: [evil, [evil, 'b,{}'], null],
      parse: (row) => row,
    });
    expect(rows).toEqual([{ one: evil, many: [evil, 'b,{}'], none: null }]);
  });

  test('a database without a trail is named as such', async () => {
    const { exitCode, stderr } = await edges([], { PGUSER: 'nobody-like-this' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^trail: \[kubectl\] .*(password|role|authentication)/);
  });
});

async function edgesMatrix(argv: readonly string[], options: readonly string[]): Promise<Outcome> {
  const url = new URL(database.url);
  return runTrail(['edges', 'matrix', ...options, ...argv], {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    ...{ PGHOST: url.hostname, PGPORT: url.port, PGUSER: url.username, PGPASSWORD: url.password },
    ...{ FAKE_LOG: join(folder, 'log'), FAKE_STDIN: join(folder, 'stdin'), FAKE_PODS: 'pod/a\n' },
  });
}

test('no primary, several primaries and no kubectl each say what to do', async () => {
  expect((await edges([], { FAKE_PODS: '' })).stderr).toContain('--via-namespace');
  expect((await edges([], { FAKE_PODS: 'pod/a\npod/b\n' })).stderr).toContain('--via-cluster');
  expect((await edges([], { PATH: '/nonexistent' })).stderr).toContain('kubectl is not on the PATH');
});
