import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader } from './byte-reader';
import type { RowSums } from './row-sums';
import type { ServiceKeyTable } from './service-key-table';

/**
 * What one window contributes to the totals, encoded: small enough that every window that is not settled yet
 * fits into memory and into one row of the ledger. Holds its own names; a `ContributionReader` reads it.
 */
export interface Contribution {
  /** Start of the window in Unix seconds. */
  readonly windowStart: number;
  readonly bytes: Uint8Array;
}

/** First byte. Version 1 is not compressed; ledgers of earlier releases may hold it. */
const VERSION = 2;
const PLAIN_VERSION = 1;
/** Numbers of a row, each of at most 8 bytes; see `ContributionReader.next`. */
const NUMBERS = 11;
const MAX_ROW_BYTES = NUMBERS * 8;
/** The least effort saves most of what there is to save, and rows resemble those close by: a quarter of the memory. */
const DEFLATE = { level: 1, windowBits: 13, memLevel: 6 } as const;
const MIN_CHUNK_BYTES = 16 * 1024;
/** Which of them counts the observations. */
const FLOWS = 7;

/**
 * Encodes the rows that `sums` holds, whose keys are ids of `table`. Under one table the same rows become the same
 * bytes, so that a window that was read twice without news is told by them alone.
 */
export function encodeContribution(windowStart: number, sums: RowSums, table: ServiceKeyTable): Contribution {
  const names = new LocalNames(table.names.length);
  let at = 0;
  for (const row of sums.ordered()) {
    reserve(at, MAX_ROW_BYTES);
    const key = sums.key(row);
    at = put(at, names.local(table.srcNs(key)));
    at = put(at, names.local(table.srcService(key)));
    at = put(at, names.local(table.dstNs(key)));
    at = put(at, names.local(table.dstService(key)));
    at = put(at, names.local(table.protocol(key)));
    at = put(at, table.dstPort(key));
    at = put(at, sums.rank(row));
    at = put(at, sums.flows(row));
    at = put(at, sums.connections(row));
    at = put(at, sums.bytesOut(row));
    at = put(at, sums.bytesIn(row));
  }
  const rowsEnd = at;
  reserve(at, 32);
  at = put(at, sums.size);
  at = put(at, names.ids.length);
  for (const id of names.ids) {
    const encoded = Buffer.from(table.names[id] ?? '');
    reserve(at, encoded.length + 8);
    at = put(at, encoded.length);
    scratch.set(encoded, at);
    at += encoded.length;
  }
  names.forget();
  // What comes first in it is known last, and moved to the front.
  reserve(at, rowsEnd);
  scratch.copyWithin(at, 0, rowsEnd);
  // An hour of them waits in memory.
  const packed = deflateRawSync(scratch.subarray(rowsEnd, at + rowsEnd), DEFLATE);
  const bytes = new Uint8Array(1 + packed.length);
  bytes[0] = VERSION;
  bytes.set(packed, 1);
  return { windowStart, bytes };
}

/**
 * Reads the rows of a contribution one after the other, as ids of `table`, to which it adds what is new. Throws
 * a RangeError on bytes of an unknown version and on bytes that are cut off.
 */
export class ContributionReader {
  /** Of the row at hand: id of its service key, and index into ACTIONS. */
  key = 0;
  rank = 0;
  /** Observations: distinct flows in this window. */
  flows = 0;
  /** Connections started. */
  connections = 0;
  /** Bytes from source to destination, and back. */
  bytesOut = 0;
  bytesIn = 0;

  /** Rows that are still to come. */
  #left: number;
  readonly #from: ByteReader;
  readonly #names: Int32Array;

  constructor(
    contribution: Contribution,
    private readonly table: ServiceKeyTable,
  ) {
    const from = new ByteReader(unpack(contribution.bytes));
    this.#from = from;
    this.#left = from.number();
    this.#names = new Int32Array(from.number());
    for (let index = 0; index < this.#names.length; index++) this.#names[index] = table.name(from.text());
  }

  /** Turns to the next row; false where there is none. */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    const names = this.#names;
    const from = this.#from;
    const srcNs = names[from.number()] ?? 0;
    const srcService = names[from.number()] ?? 0;
    const dstNs = names[from.number()] ?? 0;
    const dstService = names[from.number()] ?? 0;
    const protocol = names[from.number()] ?? 0;
    this.key = this.table.intern(srcNs, dstNs, srcService, dstService, protocol, from.number());
    this.rank = from.number();
    this.flows = from.number();
    this.connections = from.number();
    this.bytesOut = from.number();
    this.bytesIn = from.number();
    return true;
  }
}

/** Observations of a window, 0 where there is none; throws as a ContributionReader does, but needs no names. */
export function countFlows(contribution: Contribution | undefined): number {
  if (contribution === undefined) return 0;
  const from = new ByteReader(unpack(contribution.bytes));
  const rows = from.number();
  for (let names = from.number(); names > 0; names--) from.skip(from.number());
  let flows = 0;
  for (let row = 0; row < rows; row++) {
    for (let index = 0; index < NUMBERS; index++) {
      const number = from.number();
      if (index === FLOWS) flows += number;
    }
  }
  return flows;
}

/** What follows the version, as it was before it was compressed. */
function unpack(bytes: Uint8Array): Uint8Array {
  switch (bytes[0]) {
    case VERSION:
      // One buffer that holds it all is less garbage than many that are put together.
      return inflateRawSync(bytes.subarray(1), { chunkSize: Math.max(MIN_CHUNK_BYTES, bytes.length * 8) });
    case PLAIN_VERSION:
      return bytes.subarray(1);
    default:
      throw new RangeError(
        `contribution of version ${bytes[0] ?? 'none'}, this program reads ${PLAIN_VERSION} and ${VERSION}`,
      );
  }
}

/** Both grow to the largest contribution and stay: garbage of their size would cost more memory than they hold. */
let scratch = new Uint8Array(64 * 1024);
/** Index of each name id in the contribution at hand, + 1; 0 = not in it yet. */
let localOf = new Int32Array(1024);

/** Numbers the names that one contribution uses. One at a time. */
class LocalNames {
  readonly ids: number[] = [];

  constructor(names: number) {
    if (localOf.length < names) localOf = new Int32Array(names * 2);
  }

  local(id: number): number {
    const known = localOf[id] ?? 0;
    if (known > 0) return known - 1;
    localOf[id] = this.ids.push(id);
    return this.ids.length - 1;
  }

  forget(): void {
    for (const id of this.ids) localOf[id] = 0;
  }
}

/** Writes a varint into the scratch buffer; returns where it ends. */
function put(at: number, value: number): number {
  const bytes = scratch;
  let large = Math.min(value, Number.MAX_SAFE_INTEGER);
  while (large > 0x7fffffff) {
    bytes[at++] = (large % 0x80) | 0x80;
    large = Math.floor(large / 0x80);
  }
  let rest = large | 0;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

function reserve(length: number, room: number): void {
  if (scratch.length - length >= room) return;
  const larger = new Uint8Array(scratch.length * 2 + room);
  larger.set(scratch.subarray(0, length));
  scratch = larger;
}
