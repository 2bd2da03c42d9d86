import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { seedDays, seedManyEdges } from '../../__tests__/support/seed-many-edges';
import { startPostgres } from '../../demo/postgres/start';
import { migrate } from '../../trail/store/migrate';
import { edgeDaysQuery } from '../../trail/store/queries/edge-days';
import { edgesQuery } from '../../trail/store/queries/edges';
import { peersQuery } from '../../trail/store/queries/peers';
import type { Query } from '../../trail/store/queries/query';
import { tableSizes, type TableSize } from './size';
import { benchWrites, type WindowWrites } from './write';

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

/** What a database with so many edges takes, answers and writes. */
export interface EdgesBench {
  readonly sizes: readonly TableSize[];
  readonly latencies: readonly Latency[];
  readonly writes: WindowWrites;
}

const WARM_UP = 50;
/** Questions that read a whole table or day are asked less often. */
const SCAN_ROUNDS = 5;
const WINDOW_EDGES = 2_000;
const DAY_EDGES = 1_000_000;
const cluster = 'default';

/**
 * Fills a database with so many edges and the last day of at most a million of them; asks what people ask most, each
 * time about another namespace; then writes windows.
 */
export async function benchEdges(edges: number, rounds: number): Promise<EdgesBench> {
  const postgres = await startPostgres({
    durable: true,
    settings: ['max_wal_size=8GB', 'maintenance_work_mem=512MB'],
  });
  const client = new Client({ connectionString: postgres.url });
  try {
    await client.connect();
    await migrate(client, cluster);
    await seedManyEdges(client, edges);
    const today = new Date().toISOString().slice(0, 10);
    await seedDays(client, [today], DAY_EDGES);
    const day = { from: today, to: today };
    await client.query('VACUUM ANALYZE edge, edge_service, edge_day');
    const sizes = await tableSizes(client);
    const side = Math.floor(Math.sqrt(edges)) - 20;
    const newSince = Date.now() / 1000 - 86_400;
    const questions: readonly (readonly [string, (ns: string) => Query<unknown>, number])[] = [
      ['--ns', (ns) => edgesQuery({ cluster, ns }, 'first-seen', 200), rounds],
      ['--ns hub', () => edgesQuery({ cluster, ns: 'hub' }, 'first-seen', 200), rounds],
      ['--peers-of', (ns) => peersQuery({ cluster }, ns, 200), rounds],
      ['--new-since 24h', () => edgesQuery({ cluster, newSince }, 'first-seen', 200), rounds],
      ['--denied', () => edgesQuery({ cluster, denied: true }, 'first-seen', 200), rounds],
      ['--between, --ns', (ns) => edgeDaysQuery({ cluster, ns }, day, 'first-seen', 200), rounds],
      ['--between', () => edgeDaysQuery({ cluster }, day, 'first-seen', 200), rounds],
      ['--between flows', () => edgeDaysQuery({ cluster }, day, 'flows', 200), SCAN_ROUNDS],
      ['--sort flows', () => edgesQuery({ cluster }, 'flows', 200), SCAN_ROUNDS],
    ];
    const latencies: Latency[] = [];
    for (const [name, question, most] of questions) {
      const times: number[] = [];
      const warmUp = most === SCAN_ROUNDS ? 1 : WARM_UP;
      for (let round = -warmUp; round < Math.min(rounds, most); round++) {
        const { text, values } = question(`ns-${((round + warmUp) * 7919) % side}`);
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
    return { sizes, latencies, writes: await benchWrites(client, side, WINDOW_EDGES) };
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
