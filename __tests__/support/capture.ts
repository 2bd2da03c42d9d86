import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ExpectedEdge } from '../../demo/goldmane/ledger';

const fixtures = join(__dirname, '..', 'fixtures');

/** One edge of `expected-edges.json`, which has no bytes; times in Unix seconds. */
export type CapturedEdge = Omit<ExpectedEdge, 'bytes_out' | 'bytes_in'>;

/** The FlowResults that a real Goldmane 3.30.7 streamed, in order. */
export function capturedResults(): Uint8Array[] {
  const bytes = gunzipSync(readFileSync(join(fixtures, 'goldmane-3.30.7.stream.bin.gz')));
  const results: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    results.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return results;
}

/** The FlowListResult that the same Goldmane answered for the first window. */
export function capturedList(): Uint8Array {
  return gunzipSync(readFileSync(join(fixtures, 'goldmane-3.30.7.list.bin.gz')));
}

export function expectedEdges(): { readonly first_window: number; readonly edges: readonly CapturedEdge[] } {
  return JSON.parse(readFileSync(join(fixtures, 'expected-edges.json'), 'utf8')) as ReturnType<
    typeof expectedEdges
  >;
}

/** Messages as the body of a gRPC response. */
export function grpcBody(messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    messages.map((message) => {
      const header = Buffer.alloc(5);
      header.writeUInt32BE(message.length, 1);
      return Buffer.concat([header, message]);
    }),
  );
}
