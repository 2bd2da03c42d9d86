import { joinContributions } from '../../../trail/flow/join-contributions';
import type { Contribution } from '../../../trail/flow/contribution';
import { contribution, decodeContribution, type RowText } from '../../support/contributions';

/** Rows of a reading, as texts, sorted. */
function rowsOf(reading: Contribution): RowText[] {
  return decodeContribution(reading)
    .map(({ key, action, flows, connections }) => {
      const end = (namespace: string, service: string): string =>
        service === '' ? namespace : `${namespace}/${service}`;
      return `${end(key.srcNs, key.srcService)}>${end(key.dstNs, key.dstService)}:${key.dstPort} ${action} ${flows} ${connections}`;
    })
    .sort();
}

/** What two readings of a window join to, in both orders. */
function joined(one: readonly RowText[], other: readonly RowText[]): RowText[][] {
  const [first, second] = [contribution(0, ...one), contribution(0, ...other)];
  return [rowsOf(joinContributions(first, second)), rowsOf(joinContributions(second, first))];
}

test.each([
  ['unspecified', 'allow'],
  ['unspecified', 'pass'],
  ['unspecified', 'deny'],
  ['allow', 'pass'],
  ['allow', 'deny'],
  ['pass', 'deny'],
])(
  'a flow that was %s until a later record said %s is the latter, whichever was read first',
  (weak, strong) => {
    const stronger = [`a>b:1 ${strong} 1 5`];
    expect(joined([`a>b:1 ${weak} 1 5`], stronger)).toEqual([stronger, stronger]);
  },
);

test('a service that a late label names is named, whichever was read first', () => {
  const named = ['a>dbaas/pg:5432 allow 1 5'];
  expect(joined(['a>dbaas:5432 allow 1 5'], named)).toEqual([named, named]);
  expect(joined(['monitoring>dbaas/pg:5432 allow 1 5'], ['monitoring/x>dbaas/pg:5432 allow 1 5'])).toEqual([
    ['monitoring/x>dbaas/pg:5432 allow 1 5'],
    ['monitoring/x>dbaas/pg:5432 allow 1 5'],
  ]);
});

test('a label weighs less than anything that is counted', () => {
  const more = ['a>dbaas:5432 allow 1 6'];
  expect(joined(['a>dbaas/pg:5432 allow 1 5'], more)).toEqual([more, more]);
});

test('a final reading takes the place of one that counts the same, but not of one that knows more', () => {
  const known = contribution(0, 'a>dbaas/pg:1 allow 1 5', 'a>c:1 allow 2 2', 'b>dbaas/pg:1 allow 1 1');
  const final = contribution(0, 'a>dbaas/mysql:1 allow 1 5', 'a>c:1 allow 1 9', 'b>dbaas:1 allow 1 1');
  expect(rowsOf(joinContributions(known, final, 'next'))).toEqual([
    'a>c:1 allow 2 2',
    'a>dbaas/mysql:1 allow 1 5',
    'b>dbaas/pg:1 allow 1 1',
  ]);
  expect(joinContributions(known, final)).toBe(known);
});

test('a final reading of the same rows changes nothing, and writes nothing', () => {
  const rows = ['a>b:1 allow 1 5', 'a>b:2 deny 2 3', 'a>c:1 allow 1 1'];
  const known = contribution(0, ...rows);
  expect(joinContributions(known, contribution(0, ...rows.toReversed()), 'next')).toBe(known);
});

test('a pair that one reading names and the other counts among `(other)` is not counted by both', () => {
  const one = ['(other)>(other):0 allow 3 3', 'a>x:1 allow 1 1'];
  const other = ['(other)>(other):0 allow 3 3', 'b>x:1 allow 2 2'];
  expect(joined(one, other)).toEqual([other, other]);
  // A process with other bounds.
  const named = ['a>x:1 allow 1 1', 'b>x:1 allow 1 1', 'c>x:1 allow 1 1', 'd>x:1 allow 2 2'];
  expect(joined(one, named)).toEqual([named, named]);
});

test('of two readings that count the same, the one that names more pairs is kept', () => {
  const named = ['a>x:1 allow 1 1', 'b>x:1 allow 2 2'];
  expect(joined(['(other)>(other):0 allow 2 2', 'a>x:1 allow 1 1'], named)).toEqual([named, named]);
});
