import type { Action } from './action';
import { decodeContribution, type Contribution, type ContributionRow } from './contribution';
import { serviceKeyText, type ServiceKey } from './service-key';
import { WINDOW_SECONDS } from './window';

/** How the totals of one row change. Times in Unix seconds. */
export interface TotalsChange {
  flows: number;
  connections: number;
  bytesOut: number;
  bytesIn: number;
  /** Start of the first and end of the last window among those applied that has the row. */
  firstSeen: number;
  lastSeen: number;
  /** End of the last window with the row that is settled by this change; 0 = none. */
  settledLastSeen: number;
  /** A window that had the row has it no more: first and last seen may have to move inwards. */
  shrunk: boolean;
}

export interface EdgeChange extends TotalsChange {
  readonly srcNs: string;
  readonly dstNs: string;
  readonly action: Action;
}

export interface ServiceChange extends TotalsChange {
  readonly key: ServiceKey;
  readonly action: Action;
}

export interface DayChange extends TotalsChange {
  /** Days since the epoch, UTC. */
  readonly day: number;
  readonly srcNs: string;
  readonly dstNs: string;
  readonly action: Action;
}

/** One window's new contribution beside what it has added to the totals so far. */
export interface WindowUpdate {
  readonly next: Contribution;
  /** Undefined = nothing yet. */
  readonly previous: Contribution | undefined;
  readonly settles: boolean;
}

const SECONDS_PER_DAY = 86_400;

/** Adds up what windows change in the totals, per edge, per service and per day: new minus already contributed. */
export class TotalsDelta {
  readonly edges = new Map<string, EdgeChange>();
  readonly services = new Map<string, ServiceChange>();
  readonly days = new Map<string, DayChange>();

  add(update: WindowUpdate): void {
    const start = update.next.windowStart;
    const previous = update.previous === undefined ? [] : decodeContribution(update.previous);
    const next = decodeContribution(update.next);
    const before = previous.length === 0 ? undefined : presence(previous);
    const after = before === undefined ? undefined : presence(next);
    for (const row of previous) this.#count(row, start, -1, false, after);
    for (const row of next) this.#count(row, start, 1, update.settles, undefined);
  }

  #count(
    row: ContributionRow,
    start: number,
    sign: 1 | -1,
    settles: boolean,
    still: Presence | undefined,
  ): void {
    const { key, action } = row;
    const edgeText = edgeKeyText(key.srcNs, key.dstNs, action);
    const serviceText = `${serviceKeyText(key)}\0${action}`;
    const day = Math.floor(start / SECONDS_PER_DAY);
    const dayText = `${edgeText}\0${day}`;
    const edge = entry(this.edges, edgeText, () => ({
      srcNs: key.srcNs,
      dstNs: key.dstNs,
      action,
      ...noChange(),
    }));
    const service = entry(this.services, serviceText, () => ({ key, action, ...noChange() }));
    const dayChange = entry(this.days, dayText, () => ({
      day,
      srcNs: key.srcNs,
      dstNs: key.dstNs,
      action,
      ...noChange(),
    }));
    for (const change of [edge, service, dayChange]) {
      change.flows += sign * row.flows;
      change.connections += sign * row.connections;
      change.bytesOut += sign * row.bytesOut;
      change.bytesIn += sign * row.bytesIn;
      if (sign < 0) continue;
      if (start < change.firstSeen) change.firstSeen = start;
      if (start + WINDOW_SECONDS > change.lastSeen) change.lastSeen = start + WINDOW_SECONDS;
      if (settles && start + WINDOW_SECONDS > change.settledLastSeen)
        change.settledLastSeen = start + WINDOW_SECONDS;
    }
    if (still === undefined) return;
    if (!still.edges.has(edgeText)) edge.shrunk = dayChange.shrunk = true;
    if (!still.services.has(serviceText)) service.shrunk = true;
  }
}

/** First and last window in which rows occur, by edge text and by service text. */
export class Extent {
  readonly edges = new Map<string, { firstSeen: number; lastSeen: number }>();
  readonly services = new Map<string, { firstSeen: number; lastSeen: number }>();

  add(contribution: Contribution): void {
    const start = contribution.windowStart;
    for (const { key, action } of decodeContribution(contribution)) {
      widen(this.edges, edgeKeyText(key.srcNs, key.dstNs, action), start);
      widen(this.services, `${serviceKeyText(key)}\0${action}`, start);
    }
  }
}

interface Presence {
  readonly edges: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
}

function presence(rows: readonly ContributionRow[]): Presence {
  return {
    edges: new Set(rows.map(({ key, action }) => edgeKeyText(key.srcNs, key.dstNs, action))),
    services: new Set(rows.map(({ key, action }) => `${serviceKeyText(key)}\0${action}`)),
  };
}

function edgeKeyText(srcNs: string, dstNs: string, action: Action): string {
  return `${srcNs}\0${dstNs}\0${action}`;
}

function noChange(): TotalsChange {
  return {
    flows: 0,
    connections: 0,
    bytesOut: 0,
    bytesIn: 0,
    firstSeen: Number.POSITIVE_INFINITY,
    lastSeen: 0,
    settledLastSeen: 0,
    shrunk: false,
  };
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function widen(map: Map<string, { firstSeen: number; lastSeen: number }>, key: string, start: number): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, { firstSeen: start, lastSeen: start + WINDOW_SECONDS });
  else {
    known.firstSeen = Math.min(known.firstSeen, start);
    known.lastSeen = Math.max(known.lastSeen, start + WINDOW_SECONDS);
  }
}
