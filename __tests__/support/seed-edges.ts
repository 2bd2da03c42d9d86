import type { ClientBase } from 'pg';
import type { Action } from '../../trail/flow/action';
import type { Edge } from '../../trail/report/edge';

/** An edge from few words, e.g. `edge('web>db deny 3', 1000, 2000)`; times in Unix seconds. */
export function edge(text: string, firstSeen: number, lastSeen = firstSeen + 15): Edge {
  const [pair = '', action = 'allow', flows = '1'] = text.split(' ');
  const [srcNs = '', dstNs = ''] = pair.split('>');
  return { srcNs, dstNs, action: action as Action, flowCount: Number(flows), firstSeen, lastSeen };
}

/** Writes edges as an aggregator would leave them, all settled. */
export async function seedEdges(
  client: ClientBase,
  edges: readonly Edge[],
  cluster = 'default',
): Promise<void> {
  await client.query('INSERT INTO writer (cluster) VALUES ($1) ON CONFLICT DO NOTHING', [cluster]);
  for (const { srcNs, dstNs, action, flowCount, firstSeen, lastSeen } of edges) {
    await client.query(
      `INSERT INTO edge (cluster, src_ns, dst_ns, action, flow_count, first_seen, last_seen, settled_last_seen)
       VALUES ($1, $2, $3, $4, $5, to_timestamp($6), to_timestamp($7), to_timestamp($7))`,
      [cluster, srcNs, dstNs, action, flowCount, firstSeen, lastSeen],
    );
  }
}
