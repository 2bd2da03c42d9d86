import { serviceIdentity } from '../../contract';
import type { FlowRecord, Side } from '../flow/flow-record';
import { WINDOW_SECONDS } from '../flow/window';
import { WireError } from './wire-error';

// Field numbers of goldmane.Flow and goldmane.FlowKey (Calico 3.30 to 3.32; 3.32 adds none that is read here).
const FIELD_SOURCE_NAMESPACE = 2;
const FIELD_SOURCE_TYPE = 3;
const FIELD_DEST_NAMESPACE = 5;
const FIELD_DEST_PORT = 7;
const FIELD_PROTOCOL = 12;
const FIELD_REPORTER = 13;
const FIELD_ACTION = 14;
// Tag bytes: field number << 3 | wire type (0 varint, 2 length-delimited).
const TAG_RESULT_ID = 0x08;
const TAG_RESULT_FLOW = 0x12;
const TAG_KEY = 0x0a;
const TAG_START_TIME = 0x10;
const TAG_SOURCE_LABEL = 0x22;
const TAG_DEST_LABEL = 0x2a;
const TAG_SOURCE_TYPE = 0x18;
const TAG_DEST_PORT = 0x38;
const TAG_REPORTER = 0x68;
const TAG_ACTION = 0x70;
/** FlowKey fields 1 to 12 say which flow it is; 13 to 15 (reporter, action, policies) which record of it. */
const LAST_IDENTITY_FIELD = 12;
const LAST_IDENTITY_TAG = 0x62;
const LAST_KEY_FIELD = 15;
const LAST_KEY_TAG = 0x7a;
const TAG_BYTES_IN = 0x40;
const TAG_BYTES_OUT = 0x48;
const TAG_CONNECTIONS_STARTED = 0x50;

/** Wire type of each FlowKey field, by number. */
const KEY_WIRE_TYPE = new Uint8Array([9, 2, 2, 0, 2, 2, 0, 0, 2, 2, 2, 0, 2, 0, 0, 2]);

/** More than any link carries in 15 s: such a number is a fault and must not spoil the totals. */
const MAX_PLAUSIBLE = 2 ** 48;
/** Windows before 2001 or after 2242 are a fault. */
const MIN_TIME = 1_000_000_000;
const MAX_TIME = 2 ** 33;
const MAX_NAME_BYTES = 253;
const MAX_LABEL_VALUE_BYTES = 63;

const labelKey = new TextEncoder().encode(serviceIdentity.label);

/**
 * Decodes FlowResult messages in place, one after the other, into itself. Reads only what counts: policy
 * traces are skipped by length, names and labels are looked at only when asked for.
 */
export class FlowDecoder implements FlowRecord {
  idLow = 0;
  idHigh = 0;
  windowStart = 0;
  flowHashLow = 0;
  flowHashHigh = 0;
  sourceType = 0;
  reporter = 0;
  action = 0;
  destPort = 0;
  connections = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** A number of this record was beyond belief and counts as 0. */
  implausible = false;

  #buffer: Uint8Array = new Uint8Array(0);
  /** The memory that #buffer is a part of: four bytes at once are read through it. */
  #view = new DataView(this.#buffer.buffer);
  readonly #fieldStart = new Int32Array(LAST_KEY_FIELD + 1);
  readonly #fieldEnd = new Int32Array(LAST_KEY_FIELD + 1);
  #keyStart = 0;
  #keyEnd = 0;
  /** Whether the fields of this key have been looked up. */
  #located = false;
  #labelsStart = 0;
  #labelsEnd = 0;
  #varintLow = 0;
  #varintHigh = 0;
  #varintMinimal = true;
  #scratch = new Uint8Array(256);

  /** `seed`: any 32-bit number; hashes of two decoders compare only under the same seed. */
  constructor(private readonly seed: number) {}

  /** Decodes the FlowResult in `buffer[start, end)`. Throws a WireError where it is none. */
  decode(buffer: Uint8Array, start: number, end: number): void {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      if (buffer.buffer !== this.#view.buffer) this.#view = new DataView(buffer.buffer);
    }
    this.#reset();
    let hasKey = false;
    let at = start;
    while (at < end) {
      const tag = buffer[at];
      if (tag === TAG_RESULT_ID) {
        at = this.#varint(at + 1, end);
        this.idLow = this.#varintLow;
        this.idHigh = this.#varintHigh;
      } else if (tag === TAG_RESULT_FLOW) {
        at = this.#length(at + 1, end);
        const flowEnd = at + this.#varintLow;
        if (this.#flow(at, flowEnd)) hasKey = true;
        at = flowEnd;
      } else {
        at = this.#skip(at, end);
      }
    }
    if (!hasKey) throw malformed('a flow without key');
    if (this.windowStart === 0) throw malformed('start_time missing or out of range');
  }

  namespace(side: Side): string | null {
    return this.#name(side === 'source' ? FIELD_SOURCE_NAMESPACE : FIELD_DEST_NAMESPACE);
  }

  protocol(): string {
    return (this.#name(FIELD_PROTOCOL) ?? '').toLowerCase();
  }

  serviceIdentity(side: Side): string {
    return this.#findLabel(side) ? text(this.#buffer, this.#valueStart, this.#valueEnd) : '';
  }

  serviceIdentityHash(side: Side): number {
    if (!this.#findLabel(side)) return 0;
    let hash = this.seed ^ (side === 'source' ? 0x2545f491 : 0x1b873593);
    for (let at = this.#valueStart; at < this.#valueEnd; at++) {
      hash = Math.imul(hash ^ (this.#buffer[at] ?? 0), 0x01000193);
    }
    return avalanche(hash) | 1;
  }

  #reset(): void {
    this.idLow = this.idHigh = this.windowStart = 0;
    this.sourceType = this.reporter = this.action = this.destPort = 0;
    this.connections = this.bytesIn = this.bytesOut = 0;
    this.implausible = false;
    this.#labelsStart = this.#labelsEnd = 0;
  }

  /** Reads a Flow; returns whether it had a key. */
  #flow(start: number, end: number): boolean {
    const buffer = this.#buffer;
    let hasKey = false;
    let at = start;
    while (at < end) {
      const tag = buffer[at] ?? 0;
      switch (tag) {
        case TAG_KEY: {
          at = this.#length(at + 1, end);
          const keyEnd = at + this.#varintLow;
          this.#key(at, keyEnd);
          hasKey = true;
          at = keyEnd;
          break;
        }
        case TAG_SOURCE_LABEL:
        case TAG_DEST_LABEL: {
          if (this.#labelsStart === 0) this.#labelsStart = at;
          const length = buffer[at + 1] ?? 0;
          at = length < 0x80 && length <= end - at - 2 ? at + 2 + length : this.#skip(at, end);
          this.#labelsEnd = at;
          break;
        }
        case TAG_START_TIME: {
          at = this.#varint(at + 1, end);
          const time = this.#number();
          this.windowStart = time >= MIN_TIME && time <= MAX_TIME ? time - (time % WINDOW_SECONDS) : 0;
          break;
        }
        case TAG_BYTES_IN:
          at = this.#varint(at + 1, end);
          this.bytesIn = this.#count();
          break;
        case TAG_BYTES_OUT:
          at = this.#varint(at + 1, end);
          this.bytesOut = this.#count();
          break;
        case TAG_CONNECTIONS_STARTED:
          at = this.#varint(at + 1, end);
          this.connections = this.#count();
          break;
        default:
          at = this.#skip(at, end);
      }
    }
    return hasKey;
  }

  /**
   * Reads a FlowKey in one pass: what tells records apart, and a hash of what tells flows apart. Encoders write
   * fields in order and leave defaults out; then the identity is one piece of bytes. Anything else is
   * taken apart field by field and hashed as such an encoder would have written it.
   */
  #key(start: number, end: number): void {
    const buffer = this.#buffer;
    this.#keyStart = start;
    this.#keyEnd = end;
    this.#located = false;
    let lastTag = 0;
    let identityEnd = start;
    let at = start;
    while (at < end) {
      const tag = buffer[at] ?? 0;
      if (tag <= lastTag || tag > LAST_KEY_TAG || KEY_WIRE_TYPE[tag >> 3] !== (tag & 7)) break;
      let value = buffer[at + 1] ?? 0;
      // Zero is a default that should have been left out; two bytes and more are rare enough for the slow path.
      if (value === 0 || at + 1 >= end) break;
      if ((tag & 7) === 2) {
        if (value < 0x80) at += 2 + value;
        else {
          at = this.#length(at + 1, end);
          if (!this.#varintMinimal) break;
          at += this.#varintLow;
        }
        if (at > end) throw malformed('a length reaches beyond its message');
      } else {
        if (value < 0x80) at += 2;
        else {
          at = this.#varint(at + 1, end);
          if (!this.#varintMinimal) break;
          value = tag === TAG_DEST_PORT ? this.#port() : this.#varintLow;
        }
        if (tag === TAG_REPORTER) this.reporter = value;
        else if (tag === TAG_ACTION) this.action = value;
        else if (tag === TAG_SOURCE_TYPE) this.sourceType = value;
        else if (tag === TAG_DEST_PORT) this.destPort = value;
      }
      lastTag = tag;
      if (tag <= LAST_IDENTITY_TAG) identityEnd = at;
    }
    if (at === end) this.#hash(buffer, this.#view, start, identityEnd);
    else this.#unusualKey();
  }

  /** Finds each field of the key: for names, which are rarely asked for, and for unusual encodings. */
  #locate(): void {
    const end = this.#keyEnd;
    this.#fieldStart.fill(0);
    this.#fieldEnd.fill(0);
    for (let at = this.#keyStart; at < end;) {
      const tag = this.#buffer[at] ?? 0;
      const field = tag >> 3;
      if (tag >= 0x80 || KEY_WIRE_TYPE[field] !== (tag & 7)) {
        at = this.#skip(at, end);
        continue;
      }
      if ((tag & 7) === 2) {
        at = this.#length(at + 1, end);
        this.#fieldStart[field] = at;
        at += this.#varintLow;
      } else {
        this.#fieldStart[field] = at + 1;
        at = this.#varint(at + 1, end);
      }
      this.#fieldEnd[field] = at;
    }
    this.#located = true;
  }

  #unusualKey(): void {
    this.#locate();
    this.sourceType = this.#keyNumber(FIELD_SOURCE_TYPE);
    this.reporter = this.#keyNumber(FIELD_REPORTER);
    this.action = this.#keyNumber(FIELD_ACTION);
    this.#keyNumber(FIELD_DEST_PORT);
    this.destPort = this.#port();
    this.#hashReencoded();
  }

  /** Value of a numeric field, low half; 0 where it is missing. */
  #keyNumber(field: number): number {
    const start = this.#fieldStart[field] ?? 0;
    this.#varintLow = this.#varintHigh = 0;
    if (start > 0) this.#varint(start, this.#fieldEnd[field] ?? 0);
    return this.#varintLow;
  }

  /** The same flow may be encoded in several ways: hash the one that encoders agree on. */
  #hashReencoded(): void {
    let length = 0;
    for (let field = 1; field <= LAST_IDENTITY_FIELD; field++) {
      const start = this.#fieldStart[field] ?? 0;
      const end = this.#fieldEnd[field] ?? 0;
      if (start === end) continue;
      const wireType = KEY_WIRE_TYPE[field] ?? 0;
      this.#reserve(length + 16 + end - start);
      if (wireType === 2) {
        this.#scratch[length++] = (field << 3) | wireType;
        length = writeVarint(this.#scratch, length, end - start, 0);
        this.#scratch.set(this.#buffer.subarray(start, end), length);
        length += end - start;
      } else {
        this.#varint(start, end);
        if ((this.#varintLow | this.#varintHigh) === 0) continue;
        this.#scratch[length++] = (field << 3) | wireType;
        length = writeVarint(this.#scratch, length, this.#varintLow, this.#varintHigh);
      }
    }
    this.#hash(this.#scratch, new DataView(this.#scratch.buffer), 0, length);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#scratch.length) return;
    const grown = new Uint8Array(bytes * 2);
    grown.set(this.#scratch);
    this.#scratch = grown;
  }

  /** Hashes `buffer[start, end)`; `view` is over all of the buffer's memory. */
  #hash(buffer: Uint8Array, view: DataView, start: number, end: number): void {
    let low = this.seed;
    let high = ~this.seed;
    let at = start;
    const offset = buffer.byteOffset;
    for (const words = end - 3; at < words; at += 4) {
      const word = view.getInt32(offset + at, true);
      low = Math.imul(low ^ word, 0x85ebca6b);
      low ^= low >>> 15;
      high = Math.imul(high + word, 0x9e3779b1) ^ low;
      high = (high << 13) | (high >>> 19);
    }
    let tail = end - start;
    for (; at < end; at++) tail = (tail << 8) ^ (buffer[at] ?? 0);
    low = Math.imul(low ^ tail, 0xc2b2ae35);
    high = Math.imul(high + tail, 0x27d4eb2f) ^ low;
    this.flowHashLow = avalanche(low);
    this.flowHashHigh = avalanche(high);
  }

  #name(field: number): string | null {
    if (!this.#located) this.#locate();
    const start = this.#fieldStart[field] ?? 0;
    const end = this.#fieldEnd[field] ?? 0;
    if (end - start > MAX_NAME_BYTES) return null;
    return isPrintable(this.#buffer, start, end) ? text(this.#buffer, start, end) : null;
  }

  #valueStart = 0;
  #valueEnd = 0;

  /** Looks for `service-identity=<value>` (spaces around = allowed) among the labels of one side. */
  #findLabel(side: Side): boolean {
    const wanted = side === 'source' ? TAG_SOURCE_LABEL : TAG_DEST_LABEL;
    const buffer = this.#buffer;
    let at = this.#labelsStart;
    while (at < this.#labelsEnd) {
      const tag = buffer[at];
      if (tag !== TAG_SOURCE_LABEL && tag !== TAG_DEST_LABEL) {
        at = this.#skip(at, this.#labelsEnd);
        continue;
      }
      at = this.#length(at + 1, this.#labelsEnd);
      const end = at + this.#varintLow;
      if (tag === wanted && this.#matchLabel(at, end)) return true;
      at = end;
    }
    return false;
  }

  #matchLabel(start: number, end: number): boolean {
    const buffer = this.#buffer;
    if (end - start <= labelKey.length) return false;
    let at = start;
    for (const byte of labelKey) if (buffer[at++] !== byte) return false;
    while (at < end && buffer[at] === 0x20) at++;
    if (buffer[at] !== 0x3d || at >= end) return false;
    at++;
    while (at < end && buffer[at] === 0x20) at++;
    let valueEnd = end;
    while (valueEnd > at && buffer[valueEnd - 1] === 0x20) valueEnd--;
    if (valueEnd === at || valueEnd - at > MAX_LABEL_VALUE_BYTES) return false;
    if (!isPrintable(buffer, at, valueEnd)) return false;
    this.#valueStart = at;
    this.#valueEnd = valueEnd;
    return true;
  }

  /** Reads a varint at `at` into the varint fields; returns where it ends. */
  #varint(at: number, end: number): number {
    const buffer = this.#buffer;
    let byte = buffer[at++] ?? 0;
    if (at > end) throw malformed('a number is cut off');
    if (byte < 0x80) {
      this.#varintLow = byte;
      this.#varintHigh = 0;
      this.#varintMinimal = true;
      return at;
    }
    let low = byte & 0x7f;
    let high = 0;
    for (let shift = 7; shift < 70; shift += 7) {
      if (at >= end) throw malformed('a number is cut off');
      byte = buffer[at++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#varintLow = low >>> 0;
        this.#varintHigh = high >>> 0;
        this.#varintMinimal = byte !== 0;
        return at;
      }
    }
    throw malformed('a number is longer than 10 bytes');
  }

  /** Reads a length at `at`; it must fit before `end`. Returns where the content starts. */
  #length(at: number, end: number): number {
    const start = this.#varint(at, end);
    if (this.#varintHigh !== 0 || this.#varintLow > end - start) {
      throw malformed('a length reaches beyond its message');
    }
    return start;
  }

  /** Steps over one field of any number and wire type. */
  #skip(at: number, end: number): number {
    const tag = this.#buffer[at] ?? 0;
    if (tag < 0x80 && (tag & 7) === 0 && tag > 7) {
      let next = at + 1;
      while (next < end && (this.#buffer[next] ?? 0) >= 0x80) next++;
      if (next >= end || next - at > 10) throw malformed('a number is cut off or longer than 10 bytes');
      return next + 1;
    }
    const afterTag = this.#varint(at, end);
    if (this.#varintLow >>> 3 === 0) throw malformed('field number 0');
    let next: number;
    switch (this.#varintLow & 7) {
      case 0:
        return this.#varint(afterTag, end);
      case 1:
        next = afterTag + 8;
        break;
      case 2:
        next = this.#length(afterTag, end) + this.#varintLow;
        break;
      case 5:
        next = afterTag + 4;
        break;
      default:
        throw malformed(`wire type ${this.#varintLow & 7}`);
    }
    if (next > end) throw malformed('a field is cut off');
    return next;
  }

  #number(): number {
    return this.#varintHigh * 0x100000000 + this.#varintLow;
  }

  #count(): number {
    const value = this.#number();
    if (value <= MAX_PLAUSIBLE) return value;
    this.implausible = true;
    return 0;
  }

  #port(): number {
    if (this.#varintHigh === 0 && this.#varintLow <= 0xffff) return this.#varintLow;
    this.implausible = true;
    return 0;
  }
}

function malformed(problem: string): WireError {
  return new WireError('malformed-message', problem);
}

function avalanche(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x7feb352d);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function writeVarint(target: Uint8Array, at: number, low: number, high: number): number {
  while (high > 0 || low > 0x7f) {
    target[at++] = (low & 0x7f) | 0x80;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  target[at++] = low;
  return at;
}

/** Printable ASCII without spaces: all that Kubernetes allows in names, and nothing that PostgreSQL refuses. */
function isPrintable(buffer: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = buffer[at] ?? 0;
    if (byte <= 0x20 || byte >= 0x7f) return false;
  }
  return true;
}

// ASCII only by the time this is called.
function text(buffer: Uint8Array, start: number, end: number): string {
  return Buffer.from(buffer.buffer, buffer.byteOffset + start, end - start).toString('latin1');
}
