import { PlanFault } from './fault';
import type { Value } from '../value';

/**
 * Walks the bytes of a JSON document without parsing it, so that a large plan is parsed one resource at a
 * time and what nobody reads is never turned into objects.
 */

/** A value's bytes: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Parses one value. Throws a PlanFault where the bytes are not valid JSON in UTF-8. */
export function parseSpan(bytes: Uint8Array, span: Span): Value {
  try {
    return JSON.parse(decoder.decode(bytes.subarray(span.start, span.end))) as Value;
  } catch (error) {
    throw malformed(span.start, error instanceof Error ? error.message : String(error));
  }
}

/** The span of the one value that the whole document is. */
export function documentSpan(bytes: Uint8Array): Span {
  const start = skipSpace(bytes, 0);
  const end = skipValue(bytes, start);
  const rest = skipSpace(bytes, end);
  if (rest < bytes.length) throw malformed(rest, 'more text after the end of the document');
  return { start, end };
}

/** Members of the object at `span`, in the order of the text. */
export function* members(bytes: Uint8Array, span: Span): Generator<readonly [string, Span]> {
  if (bytes[span.start] !== OPEN_OBJECT) throw malformed(span.start, 'an object is expected');
  let position = skipSpace(bytes, span.start + 1);
  while (bytes[position] !== CLOSE_OBJECT) {
    const keyEnd = skipValue(bytes, position);
    const key = parseSpan(bytes, { start: position, end: keyEnd });
    if (typeof key !== 'string') throw malformed(position, "an object's key must be a string");
    position = skipSpace(bytes, keyEnd);
    if (bytes[position] !== COLON) throw malformed(position, 'a colon is expected');
    const start = skipSpace(bytes, position + 1);
    const end = skipValue(bytes, start);
    yield [key, { start, end }];
    position = next(bytes, end, CLOSE_OBJECT);
  }
}

/** Elements of the list at `span`; none where it is null. */
export function* elements(bytes: Uint8Array, span: Span): Generator<Span> {
  if (bytes[span.start] !== OPEN_LIST) {
    if (parseSpan(bytes, span) === null) return;
    throw malformed(span.start, 'a list is expected');
  }
  let position = skipSpace(bytes, span.start + 1);
  while (bytes[position] !== CLOSE_LIST) {
    const end = skipValue(bytes, position);
    yield { start: position, end };
    position = next(bytes, end, CLOSE_LIST);
  }
}

function next(bytes: Uint8Array, end: number, close: number): number {
  const position = skipSpace(bytes, end);
  if (bytes[position] === close) return position;
  if (bytes[position] !== COMMA) throw malformed(position, 'a comma is expected');
  const following = skipSpace(bytes, position + 1);
  if (bytes[following] === close) throw malformed(following, 'a value is expected after the comma');
  return following;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let position = from;
  for (;;) {
    const byte = bytes[position];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return position;
    position += 1;
  }
}

function skipString(bytes: Uint8Array, from: number): number {
  for (let position = from + 1; position < bytes.length; position += 1) {
    const byte = bytes[position];
    if (byte === BACKSLASH) position += 1;
    else if (byte === QUOTE) return position + 1;
  }
  throw truncated(bytes);
}

function skipValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === undefined) throw truncated(bytes);
  if (first === QUOTE) return skipString(bytes, from);
  if (first !== OPEN_OBJECT && first !== OPEN_LIST) return skipLiteral(bytes, from);
  const open: number[] = [];
  for (let position = from; position < bytes.length; position += 1) {
    const byte = bytes[position];
    if (byte === QUOTE) position = skipString(bytes, position) - 1;
    else if (byte === OPEN_OBJECT) open.push(CLOSE_OBJECT);
    else if (byte === OPEN_LIST) open.push(CLOSE_LIST);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      if (open.pop() !== byte) throw malformed(position, 'brackets do not match');
      if (open.length === 0) return position + 1;
    }
  }
  throw truncated(bytes);
}

function skipLiteral(bytes: Uint8Array, from: number): number {
  let position = from;
  while (position < bytes.length && /[-+.\w]/.test(String.fromCharCode(bytes[position] ?? 0))) position += 1;
  if (position === from) throw malformed(from, 'a value is expected');
  return position;
}

function truncated(bytes: Uint8Array): PlanFault {
  return new PlanFault(
    'plan-truncated',
    `the plan ends in the middle, after ${bytes.length} bytes`,
    'write it again with `terraform show -json` and check that the disk is not full and the command succeeded',
  );
}

function malformed(position: number, problem: string): PlanFault {
  return new PlanFault(
    'plan-unreadable',
    `the plan is not valid JSON near byte ${position} (${problem})`,
    'write it again with `terraform show -json PLAN > plan.json`',
  );
}
