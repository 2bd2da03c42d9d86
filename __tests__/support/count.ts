import type { Contribution } from '../../trail/flow/contribution';
import type { KeyLimits } from '../../trail/flow/key-space';
import { KeySpaces } from '../../trail/flow/key-spaces';
import { WindowBook, type CountingLimits } from '../../trail/flow/window-book';
import { FlowDecoder } from '../../trail/goldmane/flow-decoder';
import { FrameReader } from '../../trail/goldmane/frame-reader';
import { grpcBody } from './capture';
import { decodeContribution } from './contributions';

export const multiService = new Set(['monitoring', 'kube-system', 'dbaas']);

/** An edge's totals by "src dst action"; times in Unix seconds. */
export type Edges = Record<
  string,
  { first_seen: number; last_seen: number; flow_count: number; connections: number; bytes: number }
>;

/** Feeds results through frame reader, decoder and counting, as one connection would. */
export function readAll(
  results: readonly Uint8Array[],
  options: {
    readonly chunkBytes?: number;
    readonly limits?: CountingLimits & KeyLimits;
    readonly book?: WindowBook;
  } = {},
): WindowBook {
  const book = options.book ?? new WindowBook(new KeySpaces(multiService, options.limits), options.limits);
  const decoder = new FlowDecoder(0x5eed);
  const reader = new FrameReader((buffer, start, end) => {
    decoder.decode(buffer, start, end);
    book.add(decoder);
  });
  const body = grpcBody(results);
  const step = options.chunkBytes ?? 16_384;
  for (let at = 0; at < body.length; at += step) reader.push(body.subarray(at, at + step));
  expect(reader.idle).toBe(true);
  return book;
}

/** Adds up contributions of distinct windows to edges. */
export function edgesOf(contributions: readonly Contribution[]): Edges {
  const edges: Edges = {};
  for (const contribution of contributions) {
    const start = contribution.windowStart;
    for (const { key, action, flows, connections, bytesOut, bytesIn } of decodeContribution(contribution)) {
      const edge = (edges[`${key.srcNs} ${key.dstNs} ${action}`] ??= {
        first_seen: start,
        last_seen: start + 15,
        flow_count: 0,
        connections: 0,
        bytes: 0,
      });
      edge.first_seen = Math.min(edge.first_seen, start);
      edge.last_seen = Math.max(edge.last_seen, start + 15);
      edge.flow_count += flows;
      edge.connections += connections;
      edge.bytes += bytesOut + bytesIn;
    }
  }
  return edges;
}
