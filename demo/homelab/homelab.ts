import {
  noTraffic,
  WINDOW_SECONDS,
  windowStart,
  type FlowCounts,
  type FlowKey,
  type FlowReport,
} from '../goldmane/flow';
import { Random } from '../goldmane/random';
import { talkKeys, type TalkKeys } from './talk-keys';
import { homelabTalks, type Talk } from './talks';

/** A node's report and when it reaches Goldmane. */
export interface Delivery {
  readonly report: FlowReport;
  /** Windows after the report's own: 0 = in time; from 2 on the window was streamed before. */
  readonly windowsLate: number;
}

const LATE = 0.02;
/** One flow under two policy traces, hence two ids, as before Calico 3.31.5. */
const SPLIT = 0.03;
/** The two nodes don't always count the same number of connections. */
const DISAGREE = 0.05;

/**
 * A believable homelab: who talks to whom, window by window, as its nodes report it. The same seed and
 * origin give the same reports for a window, whenever and however often it is asked for.
 */
export class Homelab {
  private readonly talks: readonly { readonly talk: Talk; readonly keys: TalkKeys }[];
  private readonly origin: number;

  /** @param origin Unix seconds; what is older counts as history */
  constructor(
    private readonly seed: number,
    origin: number,
  ) {
    this.talks = homelabTalks(seed).map((talk) => ({ talk, keys: talkKeys(talk) }));
    this.origin = windowStart(origin);
  }

  /** Everything that happens in the window that starts at `start`. */
  deliveries(start: number): Delivery[] {
    const ordinal = Math.round((start - this.origin) / WINDOW_SECONDS);
    return this.talks.flatMap(({ talk, keys }, index) => {
      if (ordinal < talk.since) return [];
      // The first time is at `since`; those without one are spread over their rhythm.
      const phase = Number.isFinite(talk.since) ? talk.since : index;
      if ((((ordinal - phase) % talk.everyWindows) + talk.everyWindows) % talk.everyWindows !== 0) return [];
      const random = new Random('window', this.seed, index, ordinal);
      return reportsOf(talk, keys, start, random).map((report) => ({
        report,
        windowsLate: random.chance(LATE) ? random.integer(2, 8) : 0,
      }));
    });
  }
}

function reportsOf(talk: Talk, keys: TalkKeys, start: number, random: Random): FlowReport[] {
  const denied = talk.verdict === 'denied-at-egress' || talk.verdict === 'denied-at-ingress';
  const { connections, counts, mirrored } = traffic(random, denied);
  const report = (key: FlowKey, sums: FlowCounts): FlowReport => ({
    key,
    time: start + random.integer(0, WINDOW_SECONDS - 1),
    source_labels: 'outside' in talk.from ? [] : talk.from.labels,
    dest_labels: 'outside' in talk.to ? [] : talk.to.labels,
    ...sums,
  });
  const reports: FlowReport[] = [];
  if (keys.source !== undefined) {
    if (keys.sourceAgain !== undefined && connections > 1 && random.chance(SPLIT)) {
      reports.push(report(keys.source, { ...counts, num_connections_started: connections - 1 }));
      reports.push(report(keys.sourceAgain, { ...noTraffic, num_connections_started: 1 }));
    } else {
      reports.push(report(keys.source, counts));
    }
  }
  if (keys.destination !== undefined) {
    const seen = random.chance(DISAGREE) ? connections + 1 : connections;
    reports.push(report(keys.destination, { ...mirrored, num_connections_started: seen }));
  }
  return reports;
}

/** Counts of one flow in one window as its source sees them, and mirrored as its destination does. */
function traffic(
  random: Random,
  denied: boolean,
): { connections: number; counts: FlowCounts; mirrored: FlowCounts } {
  // Now and then a connection only idles along.
  const connections = random.chance(0.05) ? 0 : random.integer(1, 5);
  // A denied connection is a SYN that nobody answers.
  const completed = denied ? 0 : random.integer(0, connections);
  const forth = connections * (denied ? 60 : random.integer(200, 4000));
  const back = connections * (denied ? 0 : random.integer(200, 40_000));
  const shared = {
    num_connections_started: connections,
    num_connections_completed: completed,
    num_connections_live: denied ? 0 : Math.max(1, connections - completed),
  };
  const packets = (bytes: number): number => Math.ceil(bytes / 700);
  const side = (out: number, into: number): FlowCounts => ({
    ...shared,
    bytes_out: out,
    bytes_in: into,
    packets_out: packets(out),
    packets_in: packets(into),
  });
  return { connections, counts: side(forth, back), mirrored: side(back, forth) };
}
