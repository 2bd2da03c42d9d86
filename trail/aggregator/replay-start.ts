import type { Logger } from 'pino';
import { WINDOW_SECONDS, windowStart } from '../flow/window';
import type { GoldmaneConnection } from '../goldmane/connection';
import type { FlowDecoder } from '../goldmane/flow-decoder';
import type { ReplayStart } from '../goldmane/requests';
import { pause } from './pause';
import { recentWindow } from './stream-watch';
import type { StreamReading } from './stream-reading';
import { within } from './within';

/** Windows read again after a reconnect. Goldmane replays a whole hour for a start that is less than 30 s old. */
const RESUME_WINDOWS_BACK = 2;
/**
 * Goldmane keeps 3,600 s before its current window, 15 s less in its first half minute, and a start beyond
 * that replays nothing, even if it was still there when the request came in: ask for less, in its own time. The
 * windows before that are then listed.
 */
const EVERYTHING: ReplayStart = { secondsAgo: 3_540 };
/** What a replay of everything leaves out. */
const WINDOWS_BEFORE_REPLAY = 4;
/** A window that was new this long ago is still in Goldmane's history, with room to spare. */
const HISTORY_SECONDS = 3_300;
const LIST_TIMEOUT_MS = 20_000;

/** What this process has read on earlier connections. */
export interface ReadBefore {
  /** Start of the newest window, Unix seconds; 0 = none. */
  readonly newestWindow: number;
  /** When the last bytes came, on the clock of performance.now(). */
  readonly lastDataAt: number;
  /** What Goldmane's clock says at least, Unix seconds. */
  readonly clock: number | undefined;
}

/**
 * The first window to ask for: known to be old enough and still there, by Goldmane's own windows. `knownUntil`: end of
 * the last window in the database, Unix seconds, for a process that has read nothing yet; undefined = none.
 */
export async function replayStart(
  before: ReadBefore,
  knownUntil: number | undefined,
  connection: GoldmaneConnection,
  decoder: FlowDecoder,
  signal: AbortSignal,
): Promise<ReplayStart> {
  if (before.newestWindow > 0) {
    const secondsAway = (performance.now() - before.lastDataAt) / 1000;
    if (secondsAway > HISTORY_SECONDS) return EVERYTHING;
    // After a long silence the newest window is no start any more; what came since is nothing.
    const stillThere = windowStart((before.clock ?? 0) - HISTORY_SECONDS);
    return { window: Math.max(before.newestWindow - RESUME_WINDOWS_BACK * WINDOW_SECONDS, stillThere) };
  }
  if (knownUntil === undefined || knownUntil === 0) return EVERYTHING;
  const window = windowStart(knownUntil) - (RESUME_WINDOWS_BACK + 1) * WINDOW_SECONDS;
  // Without an answer the stream is opened all the same; whether the connection is dead shows there.
  const now = (await recentWindow(connection, decoder, signal)) ?? 0;
  return now > 0 && window <= now && now - window < HISTORY_SECONDS ? { window } : EVERYTHING;
}

/**
 * Lists what a replay from `start` leaves out, if it is one of everything: the windows before the first one that was
 * replayed, newest first.
 */
export async function listBeforeReplay(
  start: ReplayStart,
  reading: StreamReading,
  log: Logger,
  stop: AbortSignal,
): Promise<void> {
  if (!('secondsAgo' in start)) return;
  const { book, sink } = reading.counter;
  reading.isListing = true;
  try {
    while (book.oldestWindow === 0 && !stop.aborted) await pause(50, stop);
    for (let end = book.oldestWindow, left = WINDOWS_BEFORE_REPLAY; left > 0 && !stop.aborted; left--) {
      const window = end - WINDOW_SECONDS;
      const until = end;
      const isRead = await within(LIST_TIMEOUT_MS, stop, (limit) =>
        reading.connection.list(window, until, sink, limit),
      );
      if (!isRead) break;
      end = window;
    }
  } catch (error) {
    log.debug({ problem: (error as Error).message }, 'the oldest windows could not be listed');
  } finally {
    reading.isListing = false;
  }
}
