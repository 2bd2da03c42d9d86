import { Client } from 'pg';
import type { ExpectedEdge } from '../goldmane/ledger';

/** How the database compares with the simulator's own account of what it sent. */
export interface Verdict {
  readonly edges: number;
  readonly flows: number;
  /** One line per edge that can't be explained; empty = all is well. */
  readonly differences: readonly string[];
}

/** The simulator's account of all windows, or of those that start in [from, to); Unix seconds. */
export async function account(
  ledgerUrl: string,
  range?: { readonly from: number; readonly to: number },
): Promise<readonly ExpectedEdge[]> {
  const url = new URL(ledgerUrl);
  for (const [bound, seconds] of Object.entries(range ?? {})) url.searchParams.set(bound, String(seconds));
  const answer = (await (await fetch(url)).json()) as { edges: ExpectedEdge[] };
  return answer.edges;
}

/**
 * Compares every edge in the database with the simulator's account. Traffic goes on meanwhile, so each count
 * must lie between what was sent before the aggregator started and what has been sent by now.
 */
export async function compare(
  databaseUrl: string,
  before: readonly ExpectedEdge[],
  now: () => Promise<readonly ExpectedEdge[]>,
): Promise<Verdict> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ edge: string; flows: string }>(
    `SELECT src_ns || ' → ' || dst_ns || ' ' || action AS edge, flow_count AS flows FROM edge`,
  );
  await client.end();
  const least = flowsByEdge(before);
  const most = flowsByEdge(await now());
  const found = new Map(rows.map(({ edge, flows }) => [edge, Number(flows)]));
  const differences: string[] = [];
  for (const edge of new Set([...least.keys(), ...found.keys()])) {
    const [low, high, flows] = [least.get(edge) ?? 0, most.get(edge) ?? 0, found.get(edge) ?? 0];
    if (flows < low || flows > high)
      differences.push(`${edge}: ${flows} flows, ${low === high ? low : `${low} to ${high}`} were sent`);
  }
  return {
    edges: found.size,
    flows: [...found.values()].reduce((sum, flows) => sum + flows, 0),
    differences,
  };
}

function flowsByEdge(edges: readonly ExpectedEdge[]): Map<string, number> {
  return new Map(edges.map((edge) => [`${edge.src_ns} → ${edge.dst_ns} ${edge.action}`, edge.flow_count]));
}
