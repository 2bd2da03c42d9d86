import type { Client } from 'pg';
import { contribution, windowAt } from '../../__tests__/support/contributions';
import { Ledger } from '../../trail/store/ledger';
import { acquireLease } from '../../trail/store/writer-lease';

/** What it takes to write windows that see the same edges again and again. */
export interface WindowWrites {
  /** Wall-clock milliseconds of one write, decoding and commit included. */
  readonly p50: number;
  readonly p99: number;
  /** Size of one window in the ledger. */
  readonly ledgerBytes: number;
  /** Share of the updates of table edge that touched no index, 0 to 1. */
  readonly heapOnly: number;
}

/** Windows that are streamed but not settled: 10 min of them. */
const OPEN_WINDOWS = 40;
const WRITES = 100;

/**
 * Writes one window after the other, each with one service of each of so many edges among ns-0 … ns-(side - 1), and
 * settles the one of ten minutes before in the same transaction.
 */
export async function benchWrites(client: Client, side: number, edges: number): Promise<WindowWrites> {
  const lease = await acquireLease(client, 'default', 'bench');
  if (lease === undefined) throw new Error('another writer holds the lease of this database');
  const ledger = await Ledger.load(client, lease);
  const step = Math.max(1, Math.floor((side * side) / edges));
  const pairs = Array.from({ length: edges }, (_, index) => [
    Math.floor((index * step) / side),
    (index * step) % side,
  ]);
  const rows = pairs.filter(([a, b]) => a !== b).map(([a, b]) => `ns-${a}>ns-${b}:8080 allow 3 5`);
  const times: number[] = [];
  let ledgerBytes = 0;
  for (let window = 0; window < OPEN_WINDOWS + WRITES; window++) {
    const live = contribution(window, ...rows);
    const settled = window - OPEN_WINDOWS;
    ledgerBytes = live.bytes.length;
    const begin = performance.now();
    await ledger.write({
      begin: windowAt(0),
      live: [live],
      liveUntil: windowAt(window + 1),
      ...(settled < 0
        ? {}
        : { settle: { until: windowAt(settled + 1), readings: [contribution(settled, ...rows)] } }),
    });
    if (settled >= 0) times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows: updates } = await client.query<{ share: number }>(
    `SELECT n_tup_hot_upd::float8 / nullif(n_tup_upd, 0) AS share FROM pg_stat_user_tables WHERE relname = 'edge'`,
  );
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), ledgerBytes, heapOnly: updates[0]?.share ?? Number.NaN };
}
