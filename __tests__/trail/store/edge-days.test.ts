import * as fc from 'fast-check';
import type { Client } from 'pg';
import { openDatabase } from '../../../trail/store/database';
import type { Edge } from '../../../trail/report/edge';
import type { EdgeConditions } from '../../../trail/store/queries/edge-conditions';
import { edgeDaysQuery, type DayRange, type EdgeDays } from '../../../trail/store/queries/edge-days';
import { SORTS, type Sort } from '../../../trail/store/queries/edges';
import type { TestDatabase } from '../../support/postgres';
import { trailDatabase } from '../../support/trail-database';

const DAY = 86_400;
const ORIGIN = Date.UTC(2026, 2, 27) / 1000;
/** Across the change to summer time in the server's zone, in which days begin far from midnight UTC. */
const TIME_ZONE = 'Pacific/Auckland';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await trailDatabase();
  client = await openDatabase({ url: database.url });
  await client.query(`SET TIME ZONE '${TIME_ZONE}'`);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** One window in which an edge was seen: its day after ORIGIN, its time of day, its observations. */
interface Sight {
  readonly src: number;
  readonly dst: number;
  readonly action: 'allow' | 'deny';
  readonly day: number;
  readonly window: number;
  readonly flows: number;
}

const sight: fc.Arbitrary<Sight> = fc.record({
  src: fc.nat(4),
  dst: fc.integer({ min: 5, max: 8 }),
  action: fc.constantFrom('allow' as const, 'deny' as const),
  day: fc.nat(5),
  window: fc.constantFrom(0, 1, 2_880, 5_758, 5_759),
  flows: fc.integer({ min: 1, max: 5 }),
});

const question = fc.record({
  from: fc.nat(6),
  length: fc.nat(3),
  sort: fc.constantFrom(...SORTS),
  limit: fc.constantFrom(1, 3, 100),
  ns: fc.option(fc.nat(8), { nil: undefined }),
  src: fc.option(fc.nat(4), { nil: undefined }),
  dst: fc.option(fc.integer({ min: 5, max: 8 }), { nil: undefined }),
  denied: fc.boolean(),
  newSince: fc.option(fc.nat(6), { nil: undefined }),
});

test('an answer about some days leaves out an edge, adds one, or counts other days', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(sight, { maxLength: 60 }), question, async (sights, asked) => {
      const known = await fill(sights);
      const name = (number: number | undefined): string | undefined =>
        number === undefined ? undefined : `ns-${number}`;
      const conditions: EdgeConditions = {
        cluster: 'default',
        ns: name(asked.ns),
        src: name(asked.src),
        dst: name(asked.dst),
        denied: asked.denied,
        newSince: asked.newSince === undefined ? undefined : ORIGIN + asked.newSince * DAY,
      };
      const [from, to] = [asked.from, asked.from + asked.length];
      const { text, values, parse } = edgeDaysQuery(
        conditions,
        { from: date(from), to: date(to) } satisfies DayRange,
        asked.sort,
        asked.limit,
      );
      const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
      expect(rows.map(parse)).toEqual(
        expected(known, conditions, from, to, asked.sort).slice(0, asked.limit),
      );
    }),
    { numRuns: 150, seed: 20260327 },
  );
}, 120_000);

/** An edge over all its days, and its observations by day after ORIGIN. */
interface Known {
  readonly edge: Edge;
  readonly byDay: ReadonlyMap<number, number>;
}

/** Writes what an aggregator would have made of the sights. */
async function fill(sights: readonly Sight[]): Promise<Known[]> {
  const known = new Map<string, { edge: Edge; byDay: Map<number, number> }>();
  for (const { src, dst, action, day, window, flows } of sights) {
    const start = ORIGIN + day * DAY + window * 15;
    const key = `${src} ${dst} ${action}`;
    const { edge, byDay } = known.get(key) ?? {
      edge: {
        srcNs: `ns-${src}`,
        dstNs: `ns-${dst}`,
        action,
        flowCount: 0,
        firstSeen: Infinity,
        lastSeen: 0,
      },
      byDay: new Map<number, number>(),
    };
    byDay.set(day, (byDay.get(day) ?? 0) + flows);
    known.set(key, {
      edge: {
        ...edge,
        flowCount: edge.flowCount + flows,
        firstSeen: Math.min(edge.firstSeen, start),
        lastSeen: Math.max(edge.lastSeen, start + 15),
      },
      byDay,
    });
  }
  await client.query('TRUNCATE edge, edge_day');
  for (const { edge, byDay } of known.values()) {
    const { srcNs, dstNs, action, flowCount, firstSeen, lastSeen } = edge;
    await client.query(
      `INSERT INTO edge (cluster, src_ns, dst_ns, action, flow_count, first_seen, last_seen)
       VALUES ('default', $1, $2, $3, $4, to_timestamp($5), to_timestamp($6))`,
      [srcNs, dstNs, action, flowCount, firstSeen, lastSeen],
    );
    for (const [day, flows] of byDay)
      await client.query(`INSERT INTO edge_day VALUES ('default', $1::date, $2, $3, $4, $5, 0, 0, 0)`, [
        date(day),
        srcNs,
        dstNs,
        action,
        flows,
      ]);
  }
  return [...known.values()];
}

/** The answer in plain words: filter, add up, sort. */
function expected(
  known: readonly Known[],
  { ns, src, dst, denied, newSince }: EdgeConditions,
  from: number,
  to: number,
  sort: Sort,
): EdgeDays[] {
  return known
    .filter(
      ({ edge }) =>
        (ns === undefined || edge.srcNs === ns || edge.dstNs === ns) &&
        (src === undefined || edge.srcNs === src) &&
        (dst === undefined || edge.dstNs === dst) &&
        (denied !== true || edge.action === 'deny') &&
        (newSince === undefined || edge.firstSeen >= newSince),
    )
    .map(({ edge, byDay }) => {
      const within = [...byDay].filter(([day]) => day >= from && day <= to);
      return {
        edge: { ...edge, flowCount: within.reduce((sum, [, flows]) => sum + flows, 0) },
        days: within.length,
      };
    })
    .filter(({ days }) => days > 0)
    .sort((a, b) => order(a.edge, b.edge, sort));
}

function order(a: Edge, b: Edge, sort: Sort): number {
  const by: Record<Sort, number> = {
    'first-seen': b.firstSeen - a.firstSeen,
    'last-seen': b.lastSeen - a.lastSeen,
    flows: b.flowCount - a.flowCount,
    name: 0,
  };
  const text = ({ srcNs, dstNs, action }: Edge): string => `${srcNs} ${dstNs} ${action}`;
  return by[sort] || (text(a) < text(b) ? -1 : 1);
}

function date(day: number): string {
  return new Date((ORIGIN + day * DAY) * 1000).toISOString().slice(0, 10);
}
