import { ContributionReader } from '../../../trail/flow/contribution';
import { ServiceKeyTable } from '../../../trail/flow/service-key-table';
import { contribution, decodeContribution } from '../../support/contributions';

test('a ledger that an earlier release wrote, not compressed, is read on', () => {
  // Version 1, one row, the names "", "shop", "db" and "tcp"; port 5432, allow, 2 flows, 5 connections, 500 and 50 bytes.
  const names = ['', 'shop', 'db', 'tcp'].flatMap((name) => [name.length, ...Buffer.from(name)]);
  const row = [1, 0, 2, 0, 3, 0xb8, 0x2a, 1, 2, 5, 0xf4, 0x03, 50];
  const bytes = Uint8Array.from([1, 1, 4, ...names, ...row]);
  const today = contribution(0, 'shop>db:5432 allow 2 5');
  expect(decodeContribution({ windowStart: today.windowStart, bytes })).toEqual(decodeContribution(today));
});

test('a ledger that a later release wrote is refused by its version, not misread', () => {
  const later = { windowStart: 0, bytes: Uint8Array.from([3, 0, 0]) };
  expect(() => new ContributionReader(later, new ServiceKeyTable())).toThrow(
    'contribution of version 3, this program reads 1 and 2',
  );
});

test('a contribution that is cut off is an error, never fewer rows', () => {
  const whole = contribution(0, 'shop>db:5432 allow 2 5', 'shop>mail:25 deny 1 0');
  for (let length = 1; length < whole.bytes.length; length++) {
    expect(() => decodeContribution({ windowStart: 0, bytes: whole.bytes.subarray(0, length) })).toThrow();
  }
});
