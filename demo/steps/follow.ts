import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { parseEdge, edgeColumns } from '../../trail/store/queries/edge-row';
import { utc } from '../../trail/report/time';

const POLL_MS = 2_000;

/** Prints a line for every edge that was not there before, until `signal` aborts. */
export async function follow(
  databaseUrl: string,
  output: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const known = new Set<string>();
  for (let first = true; !signal.aborted; first = false) {
    const { rows } = await client.query<Record<string, unknown>>(
      `SELECT ${edgeColumns('edge')} FROM edge ORDER BY first_seen`,
    );
    for (const { srcNs, dstNs, action, firstSeen } of rows.map((row) => parseEdge(row))) {
      const edge = `${srcNs} → ${dstNs}  ${action}`;
      if (!first && !known.has(edge)) output.write(`${utc(firstSeen)}  new edge  ${edge}\n`);
      known.add(edge);
    }
    await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  await client.end();
}
