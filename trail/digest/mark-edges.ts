import type { ClientBase } from 'pg';
import { pause } from '../aggregator/pause';
import { ask } from '../store/ask';
import {
  countUntoldBefore,
  markTold,
  markUntoldBefore,
  untoldQuery,
  type EdgeName,
} from '../store/queries/untold';

const BATCH_ROWS = 1_000;
/** How long rows that the writer has locked are left alone before they are tried again. */
const LOCKED_PAUSE_MS = 50;

/** Marks edges as told, each batch by itself: rows stay locked for milliseconds only. */
export async function markEdgesTold(
  client: ClientBase,
  cluster: string,
  edges: readonly EdgeName[],
): Promise<void> {
  for (let at = 0; at < edges.length; at += BATCH_ROWS) {
    let rest: readonly EdgeName[] = edges.slice(at, at + BATCH_ROWS);
    for (;;) {
      await ask(client, markTold(cluster, rest));
      rest = await ask(client, untoldQuery(cluster, rest));
      if (rest.length === 0) break;
      await pause(LOCKED_PAUSE_MS, NEVER);
    }
  }
}

/** Gives up telling edges that were first seen before a time, Unix seconds. Returns how many there were. */
export async function skipEdgesBefore(client: ClientBase, cluster: string, before: number): Promise<number> {
  const [skipped = 0] = await ask(client, countUntoldBefore(cluster, before));
  for (let left = skipped; left > 0;) {
    await ask(client, markUntoldBefore(cluster, before, BATCH_ROWS));
    const [now = 0] = await ask(client, countUntoldBefore(cluster, before));
    if (now === left) await pause(LOCKED_PAUSE_MS, NEVER);
    left = now;
  }
  return skipped;
}

/** What was posted must be marked, asked to stop or not. */
const NEVER = new AbortController().signal;
