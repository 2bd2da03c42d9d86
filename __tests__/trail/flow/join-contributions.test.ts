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
