import { ContributionReader, encodeContribution, type Contribution } from './contribution';
import { grown, RowSums } from './row-sums';
import { OTHER_NAMESPACE } from './service-key';
import { ServiceKeyTable } from './service-key-table';
import { tupleHash } from './tuple-hash';
import { TupleTable } from './tuple-table';

/** What is compared of a reading of a pair, the most telling first. */
const MEASURES = 5;
/** The last of them: flows, once for each end of theirs whose service has a name. */
const NAMED = 4;
/** Beside them: a fingerprint of the pair's rows. */
const FINGERPRINT = 5;
const STRIDE = 6;

/**
 * What a window contributes after it was read twice. Reports are only ever added to a window, so of two
 * readings of a namespace pair the larger one knows more and replaces the smaller one whole, verdicts
 * included (a late Deny turns an allow into a deny). A smaller reading comes from a cut-off stream or from a
 * Goldmane that restarted and forgot: it never takes anything away. Of two that count the same, the one that
 * names more services knows more. Where that is the same too `one` stays, unless `next` is the final reading and
 * gets the `ties`.
 *
 * Where either has a row for all pairs beyond a bound, the same flow may be in a pair of one reading and in that row
 * of the other: then the readings are compared as a whole, and one is kept whole.
 *
 * Idempotent, commutative and associative wherever readings are ordered so. Returns one of the two itself
 * where the other adds nothing, which is the rule.
 */
export function joinContributions(
  one: Contribution,
  next: Contribution,
  ties: 'one' | 'next' = 'one',
): Contribution {
  if (one === next || Buffer.compare(one.bytes, next.bytes) === 0) return one;
  const table = new ServiceKeyTable();
  const pairs = new TupleTable();
  const ours = new PairReadings(one, table, pairs);
  const theirs = new PairReadings(next, table, pairs);
  const takesNext = (pair: number): boolean => {
    const order = ours.compare(pair, theirs);
    return order < 0 || (order === 0 && ties === 'next' && ours.differs(pair, theirs));
  };
  const everything = table.name(OTHER_NAMESPACE);
  const others = pairs.find(everything, everything);
  if (others >= 0) {
    ours.addUp(others);
    theirs.addUp(others);
    return takesNext(0) ? next : one;
  }
  let kept = 0;
  let taken = 0;
  for (let pair = 0; pair < pairs.size; pair++) {
    if (takesNext(pair)) taken++;
    else if (ours.compare(pair, theirs) > 0 || ours.differs(pair, theirs)) kept++;
  }
  if (taken === 0) return one;
  if (kept === 0 && one.windowStart === next.windowStart) return next;
  const rows = new RowSums();
  addRows(rows, one, table, (pair) => !takesNext(pair), pairs);
  addRows(rows, next, table, takesNext, pairs);
  return encodeContribution(one.windowStart, rows, table);
}

/** What a contribution says of each namespace pair, summed up. */
class PairReadings {
  #sums = new Float64Array(64 * STRIDE);

  constructor(contribution: Contribution, table: ServiceKeyTable, pairs: TupleTable) {
    const rows = new ContributionReader(contribution, table);
    while (rows.next()) {
      const { key, rank, flows, connections, bytesOut, bytesIn } = rows;
      const at = pairs.intern(table.srcNs(key), table.dstNs(key)) * STRIDE;
      if (at >= this.#sums.length) this.#sums = grown(this.#sums, at + STRIDE, Float64Array);
      const sums = this.#sums;
      const named = (table.srcService(key) === 0 ? 0 : 1) + (table.dstService(key) === 0 ? 0 : 1);
      sums[at] = (sums[at] ?? 0) + flows;
      // Ranks follow the counting rule, and a flow has the strongest of its records: while the flows are the same,
      // further records only ever raise this sum, and it stays the same only if every verdict does.
      sums[at + 1] = (sums[at + 1] ?? 0) + rank * flows;
      sums[at + 2] = (sums[at + 2] ?? 0) + connections;
      sums[at + 3] = (sums[at + 3] ?? 0) + bytesOut + bytesIn;
      // A record may bring a label that those before it lacked, and never takes a name away.
      sums[at + NAMED] = (sums[at + NAMED] ?? 0) + named * flows;
      const hash = tupleHash(key, rank, flows, connections, bytesOut, bytesIn);
      sums[at + FINGERPRINT] = (sums[at + FINGERPRINT] ?? 0) + hash;
    }
  }

  // A late record can only add flows, add connections and bytes, make a verdict stronger, or name a service.
  compare(pair: number, other: PairReadings): number {
    for (let at = pair * STRIDE; at < pair * STRIDE + MEASURES; at++) {
      const difference = (this.#sums[at] ?? 0) - (other.#sums[at] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Adds all pairs up as pair 0, in which those that have a name of their own count as named. */
  addUp(others: number): void {
    const sums = this.#sums;
    const unnamed = sums[others * STRIDE] ?? 0;
    for (let at = STRIDE; at < sums.length; at++)
      sums[at % STRIDE] = (sums[at % STRIDE] ?? 0) + (sums[at] ?? 0);
    sums[NAMED] = (sums[NAMED] ?? 0) + (sums[0] ?? 0) - unnamed;
  }

  /** Whether the rows of the pair are not the same, in whatever order. */
  differs(pair: number, other: PairReadings): boolean {
    const at = pair * STRIDE + FINGERPRINT;
    return (this.#sums[at] ?? 0) !== (other.#sums[at] ?? 0);
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
