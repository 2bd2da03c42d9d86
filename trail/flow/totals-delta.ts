import { ACTIONS } from './action';
import { Changes } from './changes';
import { ContributionReader, type Contribution } from './contribution';
import { grown } from './row-sums';
import { ServiceKeyTable } from './service-key-table';
import { TupleTable } from './tuple-table';
import { WINDOW_SECONDS } from './window';

/** One window's new contribution beside what it has added to the totals so far. */
export interface WindowUpdate {
  readonly next: Contribution;
  /** Undefined = nothing yet. */
  readonly previous: Contribution | undefined;
  readonly settles: boolean;
}

const SECONDS_PER_DAY = 86_400;

/**
 * Adds up what windows change in the totals, per edge, per service and per day: new minus already contributed.
 * Windows come in any order; those of one day together cost least. Read the totals after `finish`.
 */
export class TotalsDelta {
  /** Names and service keys of all rows. */
  readonly keys = new ServiceKeyTable();
  readonly services = new Changes();
  readonly edges = new Changes();
  readonly days = new Changes();

  /** (service key, rank), (source, destination, rank) and (edge, day since the epoch) of the rows above. */
  readonly #serviceRows = new TupleTable();
  readonly #edgeRows = new TupleTable();
  readonly #dayRows = new TupleTable();
  #edgeOf = new Int32Array(256);
  /** Row of each service key × verdict, + 1: what a look-up in #serviceRows would say, at less cost. */
  #rowOf = new Int32Array(1024);

  /** What the windows of one day change, by service row, until it is added to the totals above. */
  readonly #today = new Changes();
  #day = -1;

  /** The last window that had the row, by its number among those added. */
  #serviceMark = new Int32Array(256);
  #edgeMark = new Int32Array(256);
  #windows = 0;

  /** Forgets all windows and keeps the memory that they took. */
  clear(): void {
    this.#rowOf.fill(0, 0, this.keys.size * ACTIONS.length);
    for (const table of [this.keys, this.#serviceRows, this.#edgeRows, this.#dayRows]) table.clear();
    for (const changes of [this.services, this.edges, this.days, this.#today]) changes.clear();
    this.#day = -1;
  }

  /** Returns the observations in the window now. */
  add({ next, previous, settles }: WindowUpdate): number {
    const start = next.windowStart;
    const day = Math.floor(start / SECONDS_PER_DAY);
    if (day !== this.#day) {
      this.finish();
      this.#day = day;
    }
    this.#windows++;
    const flows = this.#addNext(next, settles, next === previous ? 0 : 1);
    if (previous !== undefined && previous !== next) this.#subtract(previous);
    return flows;
  }

  /** Adds what the windows of the day at hand change to the totals. */
  finish(): void {
    const today = this.#today;
    for (let row = 0; row < today.size; row++) {
      const seen = today.lastSeen(row) > 0;
      const counted = today.flows(row) !== 0 || today.connections(row) !== 0;
      if (!seen && !counted && today.bytesOut(row) === 0 && today.bytesIn(row) === 0) continue;
      const edge = this.#edgeOf[row] ?? 0;
      const day = this.#dayRows.intern(edge, this.#day);
      this.days.reserve(day + 1);
      this.services.take(row, today, row);
      this.edges.take(edge, today, row);
      this.days.take(day, today, row);
      today.empty(row);
    }
  }

  serviceKey(row: number): number {
    return this.#serviceRows.at(row, 0);
  }

  serviceAction(row: number): string {
    return ACTIONS[this.#serviceRows.at(row, 1)] ?? 'unspecified';
  }

  edgeSource(row: number): string {
    return this.keys.names[this.#edgeRows.at(row, 0)] ?? '';
  }

  edgeDestination(row: number): string {
    return this.keys.names[this.#edgeRows.at(row, 1)] ?? '';
  }

  edgeAction(row: number): string {
    return ACTIONS[this.#edgeRows.at(row, 2)] ?? 'unspecified';
  }

  /** Row of the edge in `edges`. */
  dayEdge(row: number): number {
    return this.#dayRows.at(row, 0);
  }

  /** Days since the epoch, UTC. */
  day(row: number): number {
    return this.#dayRows.at(row, 1);
  }

  /** Row of a service key with a verdict; it is made where there is none. */
  serviceRow(key: number, rank: number): number {
    const code = key * ACTIONS.length + rank;
    if (code >= this.#rowOf.length) this.#rowOf = grown(this.#rowOf, code + 1, Int32Array);
    const known = (this.#rowOf[code] ?? 0) - 1;
    return known >= 0 ? known : this.#addRow(code, key, rank);
  }

  /** Row of a service's edge. */
  edgeOf(serviceRow: number): number {
    return this.#edgeOf[serviceRow] ?? 0;
  }

  #addRow(code: number, key: number, rank: number): number {
    const row = this.#serviceRows.intern(key, rank);
    const edge = this.#edgeRows.intern(this.keys.srcNs(key), this.keys.dstNs(key), rank);
    if (row >= this.#edgeOf.length) {
      this.#edgeOf = grown(this.#edgeOf, row + 1, Int32Array);
      this.#serviceMark = grown(this.#serviceMark, row + 1, Int32Array);
      // There are never more edges than services.
      this.#edgeMark = grown(this.#edgeMark, row + 1, Int32Array);
    }
    this.#edgeOf[row] = edge;
    this.#rowOf[code] = row + 1;
    this.#today.reserve(row + 1);
    this.services.reserve(row + 1);
    this.edges.reserve(edge + 1);
    return row;
  }

  /** `times` 0: the window has contributed this before, and is only seen again. */
  #addNext(contribution: Contribution, settles: boolean, times: 0 | 1): number {
    let flows = 0;
    const start = contribution.windowStart;
    const end = start + WINDOW_SECONDS;
    const rows = new ContributionReader(contribution, this.keys);
    while (rows.next()) {
      const row = this.serviceRow(rows.key, rows.rank);
      if (times === 1) this.#today.count(row, rows.flows, rows.connections, rows.bytesOut, rows.bytesIn);
      this.#today.see(row, start, end, settles ? end : 0);
      this.#serviceMark[row] = this.#windows;
      this.#edgeMark[this.#edgeOf[row] ?? 0] = this.#windows;
      flows += rows.flows;
    }
    return flows;
  }

  #subtract(contribution: Contribution): void {
    const rows = new ContributionReader(contribution, this.keys);
    while (rows.next()) {
      const row = this.serviceRow(rows.key, rows.rank);
      this.#today.count(row, -rows.flows, -rows.connections, -rows.bytesOut, -rows.bytesIn);
      if (this.#serviceMark[row] !== this.#windows) this.services.shrink(row);
      const edge = this.#edgeOf[row] ?? 0;
      if (this.#edgeMark[edge] !== this.#windows) this.edges.shrink(edge);
    }
  }
}

/** First and last window in which the rows of a delta occur. */
export class Extent {
  readonly services = new Changes();
  readonly edges = new Changes();

  constructor(private readonly delta: TotalsDelta) {}

  add(contribution: Contribution): void {
    const start = contribution.windowStart;
    const end = start + WINDOW_SECONDS;
    const rows = new ContributionReader(contribution, this.delta.keys);
    while (rows.next()) {
      const service = this.delta.serviceRow(rows.key, rows.rank);
      const edge = this.delta.edgeOf(service);
      this.services.reserve(service + 1);
      this.edges.reserve(edge + 1);
      this.services.see(service, start, end, 0);
      this.edges.see(edge, start, end, 0);
    }
  }
}
