import {
  decodeContribution,
  encodeContribution,
  type Contribution,
  type ContributionRow,
} from './contribution';
import { pairText } from './service-key';

/**
 * What a window contributes after it was read twice. Reports are only ever added to a window, so of two
 * readings of a namespace pair the larger one knows more and replaces the smaller one whole, verdicts
 * included (a late Deny turns an allow into a deny). A smaller reading comes from a cut-off stream or from a
 * Goldmane that restarted and forgot: it never takes anything away.
 *
 * Idempotent, commutative and associative wherever readings are ordered so.
 */
export function joinContributions(one: Contribution, other: Contribution): Contribution {
  const pairs = new Map<string, Reading>();
  for (const reading of readings(one)) pairs.set(reading.pair, reading);
  for (const reading of readings(other)) {
    const known = pairs.get(reading.pair);
    if (known === undefined || compare(reading, known) > 0) pairs.set(reading.pair, reading);
  }
  return encodeContribution(
    one.windowStart,
    [...pairs.values()].flatMap((reading) => reading.rows),
  );
}

interface Reading {
  readonly pair: string;
  readonly rows: ContributionRow[];
  flows: number;
  connections: number;
  bytes: number;
  strength: number;
}

const strengthOf = { unspecified: 0, allow: 0, pass: 1, deny: 2 } as const;

function readings(contribution: Contribution): Iterable<Reading> {
  const byPair = new Map<string, Reading>();
  for (const row of decodeContribution(contribution)) {
    const pair = pairText(row.key);
    let reading = byPair.get(pair);
    if (reading === undefined) {
      reading = { pair, rows: [], flows: 0, connections: 0, bytes: 0, strength: 0 };
      byPair.set(pair, reading);
    }
    reading.rows.push(row);
    reading.flows += row.flows;
    reading.connections += row.connections;
    reading.bytes += row.bytesOut + row.bytesIn;
    reading.strength += strengthOf[row.action] * row.flows;
  }
  return byPair.values();
}

// A late record can only add flows, add connections and bytes, or make a verdict stronger.
function compare(a: Reading, b: Reading): number {
  return a.flows - b.flows || a.strength - b.strength || a.connections - b.connections || a.bytes - b.bytes;
}
