import type { Client } from 'pg';
import { openDatabase } from '../../../trail/store/database';
import type { TestDatabase } from '../../support/postgres';
import { runTrail, type Outcome } from '../../support/run-trail';
import { trailDatabase } from '../../support/trail-database';

const HOUR = 3_600;
/** What happened, in Unix seconds; the day after lies well in the past. */
const T = Date.parse('2026-03-02T12:00:00Z') / 1000;

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
  await client.query(
    `INSERT INTO writer (cluster, settled_until, live_until) VALUES ('one', to_timestamp($1), to_timestamp($2)),
       ('now', now() - interval '10 minutes', now() - interval '40 seconds'), ('empty', NULL, NULL)`,
    [T + 6 * HOUR, T + 6 * HOUR + 600],
  );
  await client.query(
    `INSERT INTO coverage VALUES ('one', to_timestamp($1), to_timestamp($2), 'settled'),
       ('one', to_timestamp($2), to_timestamp($3), 'live'), ('one', to_timestamp($3), to_timestamp($4), 'gap'),
       ('one', to_timestamp($4), to_timestamp($5), 'settled'),
       ('now', now() - interval '3 days', now() - interval '10 minutes', 'settled')`,
    [T, T + 2 * HOUR, T + 2 * HOUR + 900, T + 3 * HOUR, T + 6 * HOUR],
  );
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const coverage = (cluster: string, ...argv: string[]): Promise<Outcome> =>
  runTrail(['coverage', '--cluster', cluster, ...argv], { DATABASE_URL: database.url });

interface Printed {
  readonly from: string | null;
  readonly until: string | null;
  readonly ranges: readonly { readonly state: string; readonly seconds: number }[];
  readonly totals: Readonly<Record<string, { readonly seconds: number; readonly share: number }>>;
}
async function json(cluster: string, ...argv: string[]): Promise<Printed> {
  return JSON.parse((await coverage(cluster, '--json', ...argv)).stdout) as Printed;
}

test('a day is shown as it was recorded: settled, live, lost, still open, and not at all', async () => {
  const { stdout, exitCode } = await coverage('one', '--between', '2026-03-02', '2026-03-02');
  expect(stdout).toBe(`FROM (UTC)           UNTIL (UTC)          STATE    LENGTH
2026-03-02 00:00:00  2026-03-02 12:00:00  none        12h
2026-03-02 12:00:00  2026-03-02 14:00:00  settled      2h
2026-03-02 14:00:00  2026-03-02 14:15:00  live        15m
2026-03-02 14:15:00  2026-03-02 15:00:00  gap         45m
2026-03-02 15:00:00  2026-03-02 18:00:00  settled      3h
2026-03-02 18:00:00  2026-03-02 18:10:00  open        10m
2026-03-02 18:10:00  2026-03-03 00:00:00  none     5h 50m

TOTAL     SHARE   LENGTH
settled  20.8 %       5h
open      0.7 %      10m
live      1.0 %      15m
gap       3.1 %      45m
none     74.3 %  17h 50m
`);
  expect(exitCode).toBe(3);
});

test('--json has the fields that scripts rely on, and its totals add up to the whole span', async () => {
  const found = await json('one', '--between', '2026-03-02', '2026-03-02');
  expect(found).toMatchObject({
    cluster: 'one',
    from: '2026-03-02T00:00:00Z',
    until: '2026-03-03T00:00:00Z',
    totals: { settled: { seconds: 5 * HOUR, share: 0.208333 }, gap: { seconds: 2_700, share: 0.03125 } },
  });
  expect(found.ranges[3]).toEqual({
    start: '2026-03-02T14:15:00Z',
    end: '2026-03-02T15:00:00Z',
    state: 'gap',
    seconds: 2_700,
  });
  const seconds = Object.values(found.totals).map((each) => each.seconds);
  expect(seconds.reduce((sum, each) => sum + each)).toBe(86_400);
});

test('a time that was wholly recorded succeeds: the whole record, and the last day of it', async () => {
  expect((await coverage('now')).exitCode).toBe(0);
  const day = await json('now', '--since', '24h');
  expect(day.ranges.map(({ state }) => state)).toEqual(['settled', 'open']);
  expect((await coverage('now', '--since', '24h')).exitCode).toBe(0);
  // The record begins three days ago.
  expect((await coverage('now', '--since', '7d')).exitCode).toBe(3);
});

test('the whole record ends where nothing came any more, and that time is told too', async () => {
  const { ranges } = await json('one');
  expect(ranges.map(({ state }) => state)).toEqual(['settled', 'live', 'gap', 'settled', 'open', 'none']);
});

test('a cluster that recorded nothing is not reported as covered', async () => {
  const { exitCode, stderr } = await coverage('empty');
  expect(exitCode).toBe(3);
  expect(stderr).toBe("trail: nothing of that was ever recorded for cluster 'empty'\n");
  expect(await json('empty')).toMatchObject({ from: null, until: null, ranges: [] });
});

test.each([
  [['--since', '1h', '--between', '2026-03-02', '2026-03-02'], 'contradict'],
  [['--between', '2026-03-02'], 'two dates'],
  [['--between', '2026-03-03', '2026-03-02'], 'the earlier one first'],
  [['--between', '2999-01-01', '2999-01-02'], 'days that have begun'],
  [['--since', 'soon'], 'use a duration'],
  [['--cluster', 'two'], "no cluster 'two'"],
])('%j is refused as wrong usage, with what is allowed', async (argv, said) => {
  const { exitCode, stdout, stderr } = await coverage('one', ...argv);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(said);
});

test('without a database it says so and fails', async () => {
  const { exitCode, stderr } = await runTrail(['coverage'], {});
  expect(exitCode).toBe(1);
  expect(stderr).toContain('--via kubectl');
});
