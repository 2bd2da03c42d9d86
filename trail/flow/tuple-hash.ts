/** A hash of six 32-bit integers, itself one of 32 bits; what lies beyond 32 bits of a number is left out. */
export function tupleHash(a: number, b: number, c: number, d: number, e: number, f: number): number {
  let value = Math.imul(a, 0x85ebca6b) ^ Math.imul(b, 0xc2b2ae35);
  value = Math.imul(value ^ (value >>> 15) ^ c, 0x9e3779b1) ^ Math.imul(d, 0x27d4eb2f);
  value = Math.imul(value ^ (value >>> 13) ^ e, 0x85ebca6b) ^ Math.imul(f, 0x165667b1);
  return value ^ (value >>> 16);
}
