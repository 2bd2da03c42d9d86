/** Paths of the calls that trail makes. Source: package goldmane, service Flows. */
export const STREAM_PATH = '/goldmane.Flows/Stream';
export const LIST_PATH = '/goldmane.Flows/List';

/**
 * FlowStreamRequest as a gRPC message. `startTimeGte` in Unix seconds: the replay begins with the window
 * that starts there, or with the oldest that Goldmane has. 0 would mean no replay and is refused; so is a
 * negative number, which Goldmane counts from its own clock.
 */
export function streamRequest(startTimeGte: number): Uint8Array {
  return frame([0x08, ...varint(positive(startTimeGte))]);
}

/** FlowListRequest for the windows from `startTimeGte` to `startTimeLt` (Unix seconds), all results on one page. */
export function listRequest(startTimeGte: number, startTimeLt: number): Uint8Array {
  return frame([0x08, ...varint(positive(startTimeGte)), 0x10, ...varint(positive(startTimeLt))]);
}

function positive(unixSeconds: number): number {
  if (Number.isSafeInteger(unixSeconds) && unixSeconds > 0) return unixSeconds;
  throw new RangeError(`start time ${unixSeconds} is not a positive whole number of Unix seconds`);
}

function frame(message: readonly number[]): Uint8Array {
  return Uint8Array.from([0, 0, 0, 0, message.length, ...message]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}
