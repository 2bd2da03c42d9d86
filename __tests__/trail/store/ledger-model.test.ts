import type { Client } from 'pg';
import fc from 'fast-check';
import { ACTIONS } from '../../../trail/flow/action';
import { openDatabase } from '../../../trail/store/database';
import { Ledger } from '../../../trail/store/ledger';
import { acquireLease } from '../../../trail/store/writer-lease';
import { contribution, windowAt } from '../../support/contributions';
import type { TestDatabase } from '../../support/postgres';
import { trailDatabase } from '../../support/trail-database';

jest.setTimeout(120_000);

/** Four windows before midnight UTC, so that windows lie in two days. */
const ORIGIN = 14 * 240 - 4;
const WINDOWS = 10;

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** One row of a reading: a service with a verdict. */
interface Row {
  readonly source: string;
  readonly dest: string;
  readonly port: number;
  readonly action: string;
  readonly flows: number;
  readonly connections: number;
}

/** A window by its number after ORIGIN, and what was read of it. */
type Reading = readonly [window: number, rows: readonly Row[]];

interface Step {
  readonly reload: boolean;
  readonly live: readonly Reading[];
  /** Windows that are settled, and what the final reading of each is; undefined = it had no traffic. */
  readonly settle: readonly (readonly Row[] | undefined)[];
  /** Windows beyond those that are forgotten. */
  readonly forget: number;
}

const row: fc.Arbitrary<Row> = fc.record({
  source: fc.constantFrom('a', 'b'),
  dest: fc.constantFrom('x', 'dbaas', 'dbaas/mysql', 'dbaas/pg'),
  port: fc.constantFrom(1, 2),
  action: fc.constantFrom(...ACTIONS),
  flows: fc.integer({ min: 1, max: 2 }),
  connections: fc.nat(2),
});

const rows = fc.uniqueArray(row, {
  maxLength: 4,
  selector: ({ source, dest, port, action }) => `${source} ${dest} ${port} ${action}`,
});

const step: fc.Arbitrary<Step> = fc.record({
  reload: fc.boolean(),
  live: fc.array(fc.tuple(fc.nat(WINDOWS - 1), rows), { maxLength: 4 }),
  settle: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.option(rows, { nil: undefined }), { maxLength: 3 }) },
  ),
  forget: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }) },
  ),
});

/** What is known of each window now, told slowly: totals are added up anew from it whenever they are asked for. */
class Model {
  settledUntil = 0;
  readonly #windows = new Map<number, readonly Row[]>();

  read([window, next]: Reading, final: boolean): void {
    if (window < this.settledUntil) return;
    const known = this.#windows.get(window) ?? [];
    const all = [...known, ...next];
    const joined = [...new Set(all.map(pairOf))].flatMap((pair) => {
      const [ours, theirs] = [known, next].map((rowsOf) => rowsOf.filter((each) => pairOf(each) === pair));
      return knowsMore(theirs ?? [], ours ?? [], final) ? (theirs ?? []) : (ours ?? []);
    });
    this.#windows.set(window, joined);
  }

  /** Rows of a table by `nameOf`: flows, connections, first and last seen. */
  table(nameOf: (row: Row, window: number) => string): Record<string, readonly number[]> {
    const table: Record<string, readonly [number, number, number, number]> = {};
    for (const [window, rowsOf] of this.#windows)
      for (const each of rowsOf) {
        const name = nameOf(each, window);
        const [flows, connections, first, last] = table[name] ?? [0, 0, Infinity, 0];
        table[name] = [
          flows + each.flows,
          connections + each.connections,
          Math.min(first, window),
          Math.max(last, window + 1),
        ];
      }
    return table;
  }
}

/** The order of readings of one pair, as decision 0004 tells it. */
function knowsMore(one: readonly Row[], other: readonly Row[], tiesGoToOne: boolean): boolean {
  const measures: readonly ((row: Row) => number)[] = [
    ({ flows }) => flows,
    ({ flows, action }) => flows * ACTIONS.findIndex((each) => each === action),
    ({ connections }) => connections,
    ({ flows, dest }) => (dest.includes('/') ? flows : 0),
  ];
  for (const measure of measures) {
    const sum = (of: readonly Row[]): number => of.reduce((total, each) => total + measure(each), 0);
    if (sum(one) !== sum(other)) return sum(one) > sum(other);
  }
  return tiesGoToOne;
}

const namespaceOf = (end: string): string => end.split('/')[0] ?? '';
const pairOf = ({ source, dest }: Row): string => `${source}>${namespaceOf(dest)}`;
const dayOf = (window: number): number => Math.floor(windowAt(ORIGIN + window) / 86_400);

function reading([window, of]: Reading): ReturnType<typeof contribution> {
  return contribution(
    ORIGIN + window,
    ...of.map(
      ({ source, dest, port, action, flows, connections }) =>
        `${source}>${dest}:${port} ${action} ${flows} ${connections}`,
    ),
  );
}

/** The three tables as the model tells them. */
async function tables(): Promise<
  Record<'edge' | 'edge_service' | 'edge_day', Record<string, readonly number[]>>
> {
  const seen = (column: string): string =>
    `((extract(epoch FROM ${column}) - ${windowAt(ORIGIN)}) / 15)::int`;
  const read = async (
    from: string,
    name: string,
    numbers: readonly string[],
  ): Promise<Record<string, number[]>> => {
    const found = await client.query<{ name: string; numbers: number[] }>(
      `SELECT ${name} AS name, ARRAY[${numbers.join(', ')}] AS numbers FROM ${from}`,
    );
    return Object.fromEntries(found.rows.map((each) => [each.name, each.numbers]));
  };
  const counts = ['flow_count::int', 'connections::int'];
  const sights = [...counts, seen('first_seen'), seen('last_seen')];
  return {
    edge: await read('edge', "src_ns || '>' || dst_ns || ' ' || action", sights),
    edge_service: await read(
      'edge_service',
      "src_ns || '>' || dst_ns || coalesce('/' || nullif(dst_service, ''), '') || ':' || dst_port || ' ' || action",
      sights,
    ),
    edge_day: await read(
      'edge_day',
      "(day - date '1970-01-01') || ' ' || src_ns || '>' || dst_ns || ' ' || action",
      counts,
    ),
  };
}

test('after any readings, in any order and through restarts, totals are those of what each window shows now', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      await client.query('TRUNCATE edge, edge_service, edge_day, window_ledger, coverage, writer');
      const lease = await acquireLease(client, 'default', 'test');
      if (lease === undefined) throw new Error('no lease');
      let ledger = await Ledger.load(client, lease);
      const model = new Model();
      for (const { reload, live, settle, forget } of steps) {
        if (reload) ledger = await Ledger.load(client, lease);
        const { settledUntil } = model;
        const until = settledUntil + settle.length;
        const final = settle.flatMap((of, index): Reading[] =>
          of === undefined ? [] : [[settledUntil + index, of]],
        );
        await ledger.write({
          begin: windowAt(ORIGIN),
          live: live.map(reading),
          ...(settle.length === 0
            ? {}
            : { settle: { until: windowAt(ORIGIN + until), readings: final.map(reading) } }),
          ...(forget === 0 ? {} : { forgottenUntil: windowAt(ORIGIN + until + forget) }),
        });
        for (const each of live) model.read(each, false);
        for (const each of final) model.read(each, true);
        model.settledUntil = until + forget;
        const days = model.table((of, window) => `${dayOf(window)} ${pairOf(of)} ${of.action}`);
        expect(await tables()).toEqual({
          edge: model.table((of) => `${pairOf(of)} ${of.action}`),
          edge_service: model.table(
            ({ source, dest, port, action }) => `${source}>${dest}:${port} ${action}`,
          ),
          edge_day: Object.fromEntries(
            Object.entries(days).map(([name, numbers]) => [name, numbers.slice(0, 2)]),
          ),
        });
      }
    }),
    { numRuns: 150 },
  );
});
