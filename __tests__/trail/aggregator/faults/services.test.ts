import { env as names } from '../../../../contract';
import { Action, flowReport, Reporter } from '../../../../demo/goldmane/flow';
import { Random } from '../../../../demo/goldmane/random';
import { eventually } from '../../../support/eventually';
import { killAtRandomMoment } from '../../../support/kill';
import { Scene } from '../../../support/scene';
import { withDatabase } from '../../../support/trail-database';

jest.setTimeout(120_000);

const BOUND = 20;
const PORTS = 60;

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(() => scene.close());

test('a pair with more services than are told apart keeps its bound and its sums through kills and restarts', async () => {
  const random = new Random('services');
  const env = { [names.maxServicesPerPair]: String(BOUND) };
  for (let window = 0; window < 20; window++) talk(random, 12);
  for (let kill = 0; kill < 5; kill++) {
    await killAtRandomMoment(scene, random, {
      env,
      meanwhile: () => {
        for (let window = 0; window < 3; window++) talk(random, 20);
      },
    });
    await expectBound();
  }
  const last = scene.start(env);
  for (let window = 0; window < 45; window++) talk(random, 4);
  await scene.exact();
  await eventually(
    async () => (await last.metric('trail_settled_until_timestamp_seconds')) >= scene.window - 43 * 15,
    'windows settle',
  );
  await scene.exact();
  expect(await last.metric('trail_capped_flows_total')).toBeGreaterThan(0);
  await expectBound();
  expect(await services('many>ports')).toEqual({ named: BOUND, other: 1 });
  expect(await services('few>ports')).toEqual({ named: 3, other: 0 });
});

/** One window in which `flows` ports of the crowded pair are talked to, some refused, and one of another pair. */
function talk(random: Random, flows: number): void {
  for (let flow = 0; flow < flows; flow++) {
    const key = {
      source_namespace: 'many',
      dest_namespace: 'ports',
      dest_port: 1_000 + random.integer(1, PORTS),
    };
    scene.goldmane.addFlow(flowReport(scene.window + 2, key));
    if (random.chance(0.2))
      scene.goldmane.addFlow(
        flowReport(scene.window + 2, { ...key, reporter: Reporter.dst, action: Action.deny }),
      );
  }
  const other = { source_namespace: 'few', dest_namespace: 'ports', dest_port: random.integer(1, 3) };
  scene.goldmane.addFlow(flowReport(scene.window + 2, other));
  scene.clock.advance(15);
}

/** Services of a pair in the database, and whether it has a row for the others. */
async function services(pair: string): Promise<{ readonly named: number; readonly other: number }> {
  return withDatabase(scene.database.url, async (client) => {
    const { rows } = await client.query<{ named: number; other: number }>(
      `SELECT count(DISTINCT dst_port) FILTER (WHERE protocol <> 'other')::int AS named,
         count(DISTINCT dst_port) FILTER (WHERE protocol = 'other')::int AS other
       FROM edge_service WHERE src_ns || '>' || dst_ns = $1`,
      [pair],
    );
    return rows[0] ?? { named: 0, other: 0 };
  });
}

/** At any moment: no pair beyond its bound, and the services of each edge add up to it. */
async function expectBound(): Promise<void> {
  expect((await services('many>ports')).named).toBeLessThanOrEqual(BOUND);
  await withDatabase(scene.database.url, async (client) => {
    const { rows } = await client.query(
      `SELECT * FROM edge FULL JOIN (
         SELECT src_ns, dst_ns, action, sum(flow_count) AS flows, sum(connections) AS connections,
           sum(bytes_out) AS bytes_out, sum(bytes_in) AS bytes_in, min(first_seen) AS first_seen, max(last_seen) AS last_seen
         FROM edge_service GROUP BY src_ns, dst_ns, action
       ) AS service USING (src_ns, dst_ns, action)
       WHERE (edge.flow_count, edge.connections, edge.bytes_out, edge.bytes_in, edge.first_seen, edge.last_seen)
         IS DISTINCT FROM (service.flows, service.connections, service.bytes_out, service.bytes_in, service.first_seen, service.last_seen)`,
    );
    expect(rows).toEqual([]);
  });
}
