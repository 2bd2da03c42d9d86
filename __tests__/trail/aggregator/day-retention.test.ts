import { env } from '../../../contract';
import { eventually } from '../../support/eventually';
import { Scene } from '../../support/scene';
import { withDatabase } from '../../support/trail-database';

jest.setTimeout(90_000);

const OLD_ROWS = 12_000;

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
  // A day that is kept, the one before it, and one long ago with more rows than are removed in one go.
  await withDatabase(scene.database.url, async (client) => {
    await client.query(
      `INSERT INTO edge_day SELECT 'default', (to_timestamp($1) AT TIME ZONE 'UTC')::date - age, 'old', 'ns-' || n, 'allow', 1, 0, 0, 0
       FROM (SELECT 30 AS age, 1 AS n UNION ALL SELECT 31, 1 UNION ALL SELECT 300, generate_series(1, $2::int)) AS days`,
      [scene.window, OLD_ROWS],
    );
  });
  scene.pass(5);
});
afterEach(() => scene.close());

/** Ages in days of the old rows that are left, oldest first. */
async function oldAges(): Promise<number[]> {
  return withDatabase(scene.database.url, async (client) => {
    const { rows } = await client.query<{ age: number }>(
      `SELECT DISTINCT (to_timestamp($1) AT TIME ZONE 'UTC')::date - day AS age FROM edge_day
       WHERE src_ns = 'old' ORDER BY age DESC`,
      [scene.window],
    );
    return rows.map(({ age }) => age);
  });
}

test('days beyond the retention go while windows are written, and nothing else does', async () => {
  const aggregator = scene.start({ [env.edgeDayRetentionDays]: '30' });
  await eventually(async () => (await oldAges()).join() === '30', 'old days are gone', 40);
  scene.pass(2);
  await scene.exact();
  await eventually(
    async () => (await aggregator.metric('trail_edge_day_removed_total')) === OLD_ROWS + 1,
    'they are counted',
  );
  expect(aggregator.log.filter(({ level }) => Number(level) >= 40)).toEqual([]);
});

test('a retention of 0 keeps every day', async () => {
  const aggregator = scene.start({ [env.edgeDayRetentionDays]: '0' });
  await scene.exact();
  scene.pass(2);
  await scene.exact();
  // An idle round is when days would go; a heartbeat shows that one has passed.
  const heartbeat = (): Promise<string> =>
    withDatabase(scene.database.url, async (client) => {
      const { rows } = await client.query<{ at: string }>('SELECT heartbeat_at::text AS at FROM writer');
      return rows[0]?.at ?? '';
    });
  const before = await heartbeat();
  await eventually(async () => (await heartbeat()) !== before, 'it has been idle');
  expect(await oldAges()).toEqual([300, 31, 30]);
  expect(await aggregator.metric('trail_edge_day_removed_total')).toBe(0);
});
