import { ACTIONS, type Action } from '../../trail/flow/action';
import { ContributionReader, encodeContribution, type Contribution } from '../../trail/flow/contribution';
import { RowSums } from '../../trail/flow/row-sums';
import type { ServiceKey } from '../../trail/flow/service-key';
import { ServiceKeyTable } from '../../trail/flow/service-key-table';

/** One service key and verdict of one window. */
export interface ContributionRow {
  readonly key: ServiceKey;
  readonly action: Action;
  /** Observations: distinct flows in this window. */
  readonly flows: number;
  /** Connections started. */
  readonly connections: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

/** "src>dst:port action flows connections", e.g. "shop>db:5432 allow 2 5"; an end may name its service: "dbaas/pg". */
export type RowText = string;

/** A contribution of the window `index` (15 s each) after 2026-11-21 10:00 UTC. */
export function contribution(index: number, ...rows: readonly RowText[]): Contribution {
  const table = new ServiceKeyTable();
  const sums = new RowSums();
  for (const { key, action, flows, connections, bytesOut, bytesIn } of rows.map(parse))
    sums.add(table.internKey(key), ACTIONS.indexOf(action), flows, connections, bytesOut, bytesIn);
  return encodeContribution(windowAt(index), sums, table);
}

/** Start of that window, Unix seconds. */
export function windowAt(index: number): number {
  return Date.UTC(2026, 10, 21, 10) / 1000 + 15 * index;
}

function parse(text: RowText): ContributionRow {
  const match = /^(\S+)>(\S+):(\d+) (\w+) (\d+) (\d+)$/.exec(text);
  if (match === null) throw new Error(`not a row: ${text}`);
  const [, source = '', dest = '', port, action, flows, connections] = match;
  const [srcNs = '', srcService = ''] = source.split('/');
  const [dstNs = '', dstService = ''] = dest.split('/');
  return {
    key: { srcNs, srcService, dstNs, dstService, protocol: 'tcp', dstPort: Number(port) },
    action: action as Action,
    flows: Number(flows),
    connections: Number(connections),
    bytesOut: Number(connections) * 100,
    bytesIn: Number(connections) * 10,
  };
}

/** Rows of a contribution, in no particular order. */
export function decodeContribution(contribution: Contribution): ContributionRow[] {
  const table = new ServiceKeyTable();
  const reader = new ContributionReader(contribution, table);
  const rows: ContributionRow[] = [];
  while (reader.next()) {
    const { key, rank, flows, connections, bytesOut, bytesIn } = reader;
    const action = ACTIONS[rank] ?? 'unspecified';
    rows.push({ key: table.key(key), action, flows, connections, bytesOut, bytesIn });
  }
  return rows;
}
