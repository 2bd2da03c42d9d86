/** Whether the address block `wide` holds all of `narrow`; false where either is no CIDR. IPv4 and IPv6. */
export function covers(wide: string, narrow: string): boolean {
  const [outer, inner] = [parseCidr(wide), parseCidr(narrow)];
  if (outer === undefined || outer.width !== inner?.width) return false;
  if (outer.length > inner.length) return false;
  const shift = BigInt(outer.width - outer.length);
  return outer.address >> shift === inner.address >> shift;
}

interface Block {
  readonly address: bigint;
  readonly length: number;
  readonly width: 32 | 128;
}

function parseCidr(text: string): Block | undefined {
  const [address = '', suffix] = text.split('/');
  const width = address.includes(':') ? 128 : 32;
  const value = width === 32 ? parseV4(address) : parseV6(address);
  const length = suffix === undefined ? width : Number(suffix);
  if (value === undefined || !Number.isInteger(length) || length < 0 || length > width) return undefined;
  return { address: value, length, width };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  if (parts.length !== 4 || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}
