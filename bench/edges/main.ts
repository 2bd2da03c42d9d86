import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { seedManyEdges } from '../../__tests__/support/seed-many-edges';
import { startPostgres } from '../../demo/postgres/start';
import { migrate } from '../../trail/store/migrate';
import { edgesQuery } from '../../trail/store/queries/edges';
import { peersQuery } from '../../trail/store/queries/peers';
import type { Query } from '../../trail/store/queries/query';

/** Milliseconds in the database, planning included, of one kind of question that was asked many times. */
export interface Latency {
  readonly name: string;
  readonly p50: number;
  readonly p99: number;
}

/** What PostgreSQL says of a statement that it ran; milliseconds. */
interface Timing {
  readonly 'Planning Time': number;
  readonly 'Execution Time': number;
}

const WARM_UP = 50;
const cluster = 'default';

/** Asks what people ask most, each time about another namespace, in a database with so many edges. */
export async function benchQueries(edges: number, rounds: number): Promise<readonly Latency[]> {
  const postgres = await startPostgres();
  const client = new Client({ connectionString: postgres.url });
  try {
    await client.connect();
    await migrate(client, cluster);
    await seedManyEdges(client, edges);
    const side = Math.floor(Math.sqrt(edges)) - 20;
    const newSince = Date.now() / 1000 - 86_400;
    const questions: readonly (readonly [string, (ns: string) => Query<unknown>])[] = [
      ['--ns', (ns) => edgesQuery({ cluster, ns }, 'first-seen', 200)],
      ['--ns hub', () => edgesQuery({ cluster, ns: 'hub' }, 'first-seen', 200)],
      ['--peers-of', (ns) => peersQuery({ cluster }, ns, 200)],
      ['--new-since 24h', () => edgesQuery({ cluster, newSince }, 'first-seen', 200)],
      ['--denied', () => edgesQuery({ cluster, denied: true }, 'first-seen', 200)],
    ];
    const latencies: Latency[] = [];
    for (const [name, question] of questions) {
      const times: number[] = [];
      for (let round = -WARM_UP; round < rounds; round++) {
        const { text, values } = question(`ns-${((round + WARM_UP) * 7919) % side}`);
        const { rows } = await client.query<{ 'QUERY PLAN': [Timing] }>(
          `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
          [...values],
        );
        const timing = rows[0]?.['QUERY PLAN'][0];
        if (round >= 0 && timing !== undefined)
          times.push(timing['Planning Time'] + timing['Execution Time']);
      }
      times.sort((a, b) => a - b);
      const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
      latencies.push({ name, p50: at(0.5), p99: at(0.99) });
    }
    return latencies;
  } finally {
    await client.end();
    await postgres.stop();
  }
}

/** Median wall-clock seconds of starting node alone, and of the bundled `edges --help`; build before. */
export function benchStart(
  root: string,
  rounds: number,
): { readonly nodeSeconds: number; readonly edgesSeconds: number } {
  const start = (argv: readonly string[]): number => {
    const begin = performance.now();
    const { status } = spawnSync(process.execPath, argv, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`node ${argv.join(' ')} ended with ${status ?? 'a signal'}`);
    return (performance.now() - begin) / 1000;
  };
  const node: number[] = [];
  const edges: number[] = [];
  // Taken in turn, so that other load on the machine falls on both.
  for (let round = 0; round < rounds; round++) {
    node.push(start(['-e', '0']));
    edges.push(start([join(root, 'dist/edges.js'), '--help']));
  }
  const median = (times: number[]): number =>
    times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
  return { nodeSeconds: median(node), edgesSeconds: median(edges) };
}
