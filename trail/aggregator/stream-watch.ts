import type { GoldmaneConnection } from '../goldmane/connection';
import type { FlowDecoder } from '../goldmane/flow-decoder';
import { WireError } from '../goldmane/wire-error';
import { isAborted, pause } from './pause';
import { within } from './within';

/** When a stream is looked at, milliseconds. */
export interface WatchTimes {
  readonly checkEveryMs: number;
  /** Without any flow for this long, ask whether Goldmane is still there and has any. */
  readonly silenceMs: number;
  /** A window of the last minute is streamed within 45 s; what is listed and has not come by then never will. */
  readonly overdueMs: number;
}

const TIMES: WatchTimes = { checkEveryMs: 5_000, silenceMs: 60_000, overdueMs: 60_000 };
const PROBE_TIMEOUT_MS = 10_000;

/** A stream that is being read. */
export interface WatchedStream {
  readonly connection: GoldmaneConnection;
  readonly decoder: FlowDecoder;
  /** Start of the newest window that it has brought, Unix seconds; 0 = none. */
  readonly newestWindow: () => number;
  readonly certificatesChanged: () => boolean;
}

/** Why the stream should be opened anew. Resolves to undefined when `signal` aborts first. */
export async function watchStream(
  { connection, decoder, newestWindow, certificatesChanged }: WatchedStream,
  signal: AbortSignal,
  { checkEveryMs, silenceMs, overdueMs }: WatchTimes = TIMES,
): Promise<string | undefined> {
  let askedAt = performance.now();
  let overdue: { readonly window: number; readonly since: number } | undefined;
  while (!signal.aborted) {
    await pause(checkEveryMs, signal);
    if (isAborted(signal)) return undefined;
    if (certificatesChanged()) return 'certificates changed';
    const now = performance.now();
    if (overdue !== undefined && overdue.window <= newestWindow()) overdue = undefined;
    if (overdue !== undefined && now - overdue.since > overdueMs)
      return 'goldmane lists flows that it does not stream';
    if (now - Math.max(connection.lastDataAt, askedAt) < silenceMs) continue;
    askedAt = now;
    const window = await recentWindow(connection, decoder, signal);
    if (isAborted(signal)) return undefined;
    if (window === undefined) return 'goldmane is silent and does not answer';
    if (window > newestWindow()) overdue ??= { window, since: now };
  }
  return undefined;
}

/** A window of the last minute by Goldmane's clock, Unix seconds; 0 = nobody talked; undefined = no answer. */
export async function recentWindow(
  connection: GoldmaneConnection,
  decoder: FlowDecoder,
  signal: AbortSignal,
): Promise<number | undefined> {
  let window = 0;
  try {
    const answered = await within(PROBE_TIMEOUT_MS, signal, (stop) =>
      connection.recentFlow((buffer, start, end) => {
        try {
          decoder.decode(buffer, start, end);
          window = decoder.windowStart;
        } catch (error) {
          // Whatever is wrong with that flow, it is an answer.
          if (!(error instanceof WireError)) throw error;
        }
      }, stop),
    );
    return answered ? window : undefined;
  } catch {
    return undefined;
  }
}
