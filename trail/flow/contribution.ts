import { ACTIONS, type Action } from './action';
import { serviceKeyText, type ServiceKey } from './service-key';

/**
 * What one window contributes to the totals, encoded: small enough that every window that is not settled yet
 * fits into memory and into one row of the ledger. Holds its own names; `decodeContribution` reads it.
 */
export interface Contribution {
  /** Start of the window in Unix seconds. */
  readonly windowStart: number;
  readonly bytes: Uint8Array;
}

/** One service key and verdict of one window. */
export interface ContributionRow {
  readonly key: ServiceKey;
  readonly action: Action;
  /** Observations: distinct flows in this window. */
  readonly flows: number;
  /** Connections started. */
  readonly connections: number;
  /** Bytes from source to destination, and back. */
  readonly bytesOut: number;
  readonly bytesIn: number;
}

const VERSION = 1;
const NUMBERS_PER_ROW = 4;

/** Sums up rows of one window by service key id (index into `keys`) and action rank. */
export class ContributionBuilder {
  readonly #rows = new Map<number, number>();
  readonly #numbers: number[] = [];

  constructor(
    private readonly windowStart: number,
    private readonly keys: readonly ServiceKey[],
  ) {}

  add(
    key: number,
    rank: number,
    flows: number,
    connections: number,
    bytesOut: number,
    bytesIn: number,
  ): void {
    const code = key * ACTIONS.length + rank;
    let at = this.#rows.get(code);
    if (at === undefined) {
      at = this.#numbers.length;
      this.#rows.set(code, at);
      this.#numbers.push(flows, connections, bytesOut, bytesIn);
      return;
    }
    const numbers = this.#numbers;
    numbers[at] = (numbers[at] ?? 0) + flows;
    numbers[at + 1] = (numbers[at + 1] ?? 0) + connections;
    numbers[at + 2] = (numbers[at + 2] ?? 0) + bytesOut;
    numbers[at + 3] = (numbers[at + 3] ?? 0) + bytesIn;
  }

  addAll(other: ContributionBuilder): void {
    for (const [code, at] of other.#rows) {
      const [flows, connections, bytesOut, bytesIn] = other.#numbers.slice(at, at + NUMBERS_PER_ROW);
      this.add(
        Math.floor(code / ACTIONS.length),
        code % ACTIONS.length,
        flows ?? 0,
        connections ?? 0,
        bytesOut ?? 0,
        bytesIn ?? 0,
      );
    }
  }

  build(): Contribution {
    const writer = new Writer();
    for (const [code, at] of this.#rows) {
      const key = this.keys[Math.floor(code / ACTIONS.length)];
      if (key === undefined) throw new RangeError(`service key ${code} is not one of ${this.keys.length}`);
      const numbers = this.#numbers;
      writer.row(
        key,
        code % ACTIONS.length,
        numbers[at] ?? 0,
        numbers[at + 1] ?? 0,
        numbers[at + 2] ?? 0,
        numbers[at + 3] ?? 0,
      );
    }
    return { windowStart: this.windowStart, bytes: writer.finish() };
  }
}

/** Encodes rows that are distinct in (key, action). */
export function encodeContribution(windowStart: number, rows: Iterable<ContributionRow>): Contribution {
  const writer = new Writer();
  for (const { key, action, flows, connections, bytesOut, bytesIn } of rows) {
    writer.row(key, ACTIONS.indexOf(action), flows, connections, bytesOut, bytesIn);
  }
  return { windowStart, bytes: writer.finish() };
}

/** Rows of a contribution, in no particular order. Throws a RangeError on bytes of an unknown version. */
export function decodeContribution(contribution: Contribution): ContributionRow[] {
  const reader = new Reader(contribution.bytes);
  const version = reader.number();
  if (version !== VERSION)
    throw new RangeError(`contribution of version ${version}, this program reads ${VERSION}`);
  const rowCount = reader.number();
  const names: string[] = Array.from({ length: reader.number() }, () => reader.text());
  const name = (): string => names[reader.number()] ?? '';
  const keys = new Map<string, ServiceKey>();
  return Array.from({ length: rowCount }, () => {
    const key: ServiceKey = {
      srcNs: name(),
      srcService: name(),
      dstNs: name(),
      dstService: name(),
      protocol: name(),
      dstPort: reader.number(),
    };
    const text = serviceKeyText(key);
    const known = keys.get(text);
    if (known === undefined) keys.set(text, key);
    return {
      key: known ?? key,
      action: ACTIONS[reader.number()] ?? 'unspecified',
      flows: reader.number(),
      connections: reader.number(),
      bytesOut: reader.number(),
      bytesIn: reader.number(),
    };
  });
}

/** Grows to the largest contribution and stays; garbage of this size would cost more memory than it holds. */
let scratch = new Uint8Array(64 * 1024);

/** Varints in the scratch buffer: names once, rows as indexes into them. One writer at a time. */
class Writer {
  readonly #names = new Map<string, number>();
  #rowCount = 0;
  #length = 0;

  row(
    key: ServiceKey,
    rank: number,
    flows: number,
    connections: number,
    bytesOut: number,
    bytesIn: number,
  ): void {
    this.#reserve(128);
    this.#rowCount++;
    this.#number(this.#name(key.srcNs));
    this.#number(this.#name(key.srcService));
    this.#number(this.#name(key.dstNs));
    this.#number(this.#name(key.dstService));
    this.#number(this.#name(key.protocol));
    this.#number(key.dstPort);
    this.#number(rank);
    this.#number(flows);
    this.#number(connections);
    this.#number(bytesOut);
    this.#number(bytesIn);
  }

  /** The whole contribution: what comes first in it is known last, and moved to the front. */
  finish(): Uint8Array {
    const rowsEnd = this.#length;
    this.#reserve(32);
    this.#number(VERSION);
    this.#number(this.#rowCount);
    this.#number(this.#names.size);
    for (const name of this.#names.keys()) {
      const encoded = Buffer.from(name);
      this.#reserve(encoded.length + 8);
      this.#number(encoded.length);
      scratch.set(encoded, this.#length);
      this.#length += encoded.length;
    }
    const whole = new Uint8Array(this.#length);
    whole.set(scratch.subarray(rowsEnd, this.#length));
    whole.set(scratch.subarray(0, rowsEnd), this.#length - rowsEnd);
    return whole;
  }

  #name(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#names.set(name, this.#names.size);
    return this.#names.size - 1;
  }

  #number(value: number): void {
    let rest = Math.min(value, Number.MAX_SAFE_INTEGER);
    while (rest > 0x7f) {
      scratch[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    scratch[this.#length++] = rest;
  }

  #reserve(room: number): void {
    if (scratch.length - this.#length >= room) return;
    const grown = new Uint8Array(scratch.length * 2 + room);
    grown.set(scratch.subarray(0, this.#length));
    scratch = grown;
  }
}

class Reader {
  #at = 0;
  readonly #decoder = new TextDecoder();

  constructor(private readonly bytes: Uint8Array) {}

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.bytes[this.#at++];
      if (byte === undefined) throw new RangeError('contribution is cut off');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.number();
    this.#at += length;
    return this.#decoder.decode(this.bytes.subarray(this.#at - length, this.#at));
  }
}
