import { ContributionReader, encodeContribution, type Contribution } from './contribution';
import { grown, RowSums } from './row-sums';
import { ServiceKeyTable } from './service-key-table';
import { TupleTable } from './tuple-table';

/** What is compared of a reading of a pair, the most telling first. */
const MEASURES = 4;

/**
 * What a window contributes after it was read twice. Reports are only ever added to a window, so of two
 * readings of a namespace pair the larger one knows more and replaces the smaller one whole, verdicts
 * included (a late Deny turns an allow into a deny). A smaller reading comes from a cut-off stream or from a
 * Goldmane that restarted and forgot: it never takes anything away.
 *
 * Idempotent, commutative and associative wherever readings are ordered so. Returns one of the two itself
 * where the other adds nothing, which is the rule.
 */
export function joinContributions(one: Contribution, other: Contribution): Contribution {
  if (one === other || Buffer.compare(one.bytes, other.bytes) === 0) return one;
  const table = new ServiceKeyTable();
  const pairs = new TupleTable();
  const ours = new PairReadings(one, table, pairs);
  const theirs = new PairReadings(other, table, pairs);
  let oursLarger = 0;
  let theirsLarger = 0;
  for (let pair = 0; pair < pairs.size; pair++) {
    const order = ours.compare(pair, theirs);
    if (order > 0) oursLarger++;
    if (order < 0) theirsLarger++;
  }
  if (theirsLarger === 0) return one;
  if (oursLarger === 0 && one.windowStart === other.windowStart) return other;
  const rows = new RowSums();
  addRows(rows, one, table, (pair) => ours.compare(pair, theirs) >= 0, pairs);
  addRows(rows, other, table, (pair) => ours.compare(pair, theirs) < 0, pairs);
  return encodeContribution(one.windowStart, rows, table);
}

/** What a contribution says of each namespace pair, summed up. */
class PairReadings {
  #sums = new Float64Array(64 * MEASURES);

  constructor(contribution: Contribution, table: ServiceKeyTable, pairs: TupleTable) {
    const rows = new ContributionReader(contribution, table);
    while (rows.next()) {
      const at = pairs.intern(table.srcNs(rows.key), table.dstNs(rows.key)) * MEASURES;
      if (at >= this.#sums.length) this.#sums = grown(this.#sums, at + MEASURES, Float64Array);
      const sums = this.#sums;
      sums[at] = (sums[at] ?? 0) + rows.flows;
      // Ranks follow the counting rule, and a flow has the strongest of its records: while the flows are the same,
      // further records only ever raise this sum, and it stays the same only if every verdict does.
      sums[at + 1] = (sums[at + 1] ?? 0) + rows.rank * rows.flows;
      sums[at + 2] = (sums[at + 2] ?? 0) + rows.connections;
      sums[at + 3] = (sums[at + 3] ?? 0) + rows.bytesOut + rows.bytesIn;
    }
  }

  // A late record can only add flows, add connections and bytes, or make a verdict stronger.
  compare(pair: number, other: PairReadings): number {
    for (let at = pair * MEASURES; at < pair * MEASURES + MEASURES; at++) {
      const difference = (this.#sums[at] ?? 0) - (other.#sums[at] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

function addRows(
  sums: RowSums,
  contribution: Contribution,
  table: ServiceKeyTable,
  wanted: (pair: number) => boolean,
  pairs: TupleTable,
): void {
  const rows = new ContributionReader(contribution, table);
  while (rows.next()) {
    if (!wanted(pairs.find(table.srcNs(rows.key), table.dstNs(rows.key)))) continue;
    sums.add(rows.key, rows.rank, rows.flows, rows.connections, rows.bytesOut, rows.bytesIn);
  }
}
