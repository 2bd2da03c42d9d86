import { isIPv6 } from 'node:net';

/** The range that holds just `address`, IPv4 or IPv6. */
export function hostCidr(address: string): string {
  return `${address}/${isIPv6(address) ? 128 : 32}`;
}
