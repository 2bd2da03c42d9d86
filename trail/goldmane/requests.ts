/** Paths of the calls that trail makes. Source: package goldmane, service Flows. */
export const STREAM_PATH = '/goldmane.Flows/Stream';
export const LIST_PATH = '/goldmane.Flows/List';

/**
 * Where a replay begins. Absolute: the start of a window that Goldmane still has; Unix seconds. Relative:
 * so many seconds before now, by Goldmane's clock.
 *
 * Measured against Goldmane 3.30.7, read in 3.32.1: an absolute start that is older than its history replays
 * nothing at all, a start in the current or a future window replays everything.
 */
export type ReplayStart = { readonly window: number } | { readonly secondsAgo: number };

/** FlowStreamRequest as a gRPC message. */
export function streamRequest(start: ReplayStart): Uint8Array {
  const value = 'window' in start ? positive(start.window) : -positive(start.secondsAgo);
  return frame([0x08, ...varint(BigInt.asUintN(64, BigInt(value)))]);
}

const PAGE_SIZE_TAG = 0x20;

/**
 * FlowListRequest for the windows from `startTimeGte` to `startTimeLt` (Unix seconds). `most` results.
 * @default all on one page
 */
export function listRequest(startTimeGte: number, startTimeLt: number, most = 0): Uint8Array {
  return frame([
    0x08,
    ...varint(BigInt(positive(startTimeGte))),
    0x10,
    ...varint(BigInt(positive(startTimeLt))),
    ...(most === 0 ? [] : [PAGE_SIZE_TAG, ...varint(BigInt(positive(most)))]),
  ]);
}

/**
 * FlowListRequest for one flow of the last minute by Goldmane's clock: its time tells how late it is there,
 * and whether anybody is there at all.
 */
export function recentFlowRequest(): Uint8Array {
  return frame([0x08, ...varint(BigInt.asUintN(64, -60n)), PAGE_SIZE_TAG, 1]);
}

function positive(seconds: number): number {
  if (Number.isSafeInteger(seconds) && seconds > 0) return seconds;
  throw new RangeError(`${seconds} is not a positive whole number of seconds`);
}

function frame(message: readonly number[]): Uint8Array {
  return Uint8Array.from([0, 0, 0, 0, message.length, ...message]);
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
