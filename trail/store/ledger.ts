import type { Client } from 'pg';
import { countFlows, type Contribution } from '../flow/contribution';
import { joinContributions } from '../flow/join-contributions';
import { Extent, TotalsDelta, type WindowUpdate } from '../flow/totals-delta';
import { WINDOW_SECONDS } from '../flow/window';
import { applyTotals, hasShrunk } from './apply-totals';
import { transaction } from './transaction';
import { renewLease, type Lease } from './writer-lease';

/** Service keys up to which the memory of one write serves the next. */
const KEPT_KEYS = 65_536;
/** A whole hour of contributions at once would be the largest thing in memory. */
const WINDOWS_PER_STATEMENT = 16;

/** What one write does; all of it or nothing is committed. Times in Unix seconds. */
export interface LedgerWrite {
  /** Readings of windows that may still grow, the same window more than once if need be. */
  readonly live: readonly Contribution[];
  /** End of the last window that the stream has shown, empty ones included. */
  readonly liveUntil?: number;
  /** Final readings of all windows that had traffic between the settled part and `until`. */
  readonly settle?: { readonly until: number; readonly readings: readonly Contribution[] };
  /** Where counting begins, for a cluster that has no rows yet. */
  readonly begin?: number;
  /** Windows up to here can't be read any more: what the stream showed of them is all there will be. */
  readonly forgottenUntil?: number;
}

/** How far a record has come, as the ledger's fields of these names. */
export interface Progress {
  readonly settledUntil: number | undefined;
  readonly liveUntil: number;
}

/** What a write changed. */
export interface LedgerResult {
  readonly edges: number;
  readonly services: number;
  /** Seconds of windows that this write settled. */
  readonly settledSeconds: number;
  /** Flows in the readings that settled windows, and those among them that no reading before had shown. */
  readonly settledFlows: number;
  readonly addedFlows: number;
  /** Seconds of windows that are lost for good by this write. */
  readonly gapSeconds: number;
}

/**
 * The truth of one cluster: totals, and what every window that is not settled has added to them. A window is
 * applied as new minus already contributed in one transaction with the ledger, so applying it again, after
 * a crash, a replay or a duplicate stream, changes nothing.
 */
export class Ledger {
  readonly #written = new Map<number, Contribution>();
  #delta = new TotalsDelta();
  #settledUntil: number | undefined;
  #liveUntil = 0;

  private constructor(
    private readonly client: Client,
    private readonly lease: Lease,
  ) {}

  /** Reads the state that the last writer left. */
  static async load(client: Client, lease: Lease): Promise<Ledger> {
    const ledger = new Ledger(client, lease);
    await ledger.#load();
    return ledger;
  }

  /** Unix seconds up to which every window is final; undefined = nothing was ever counted. */
  get settledUntil(): number | undefined {
    return this.#settledUntil;
  }

  /** End of the newest window that was streamed, Unix seconds; 0 = none. */
  get liveUntil(): number {
    return this.#liveUntil;
  }

  /** What is committed, as far as it is known. */
  get progress(): Progress {
    return { settledUntil: this.#settledUntil, liveUntil: this.#liveUntil };
  }

  /** Windows that are not settled yet. */
  get openWindows(): number {
    return this.#written.size;
  }

  /** Start of the newest window that is known to have had traffic, Unix seconds; undefined = none. */
  async lastBusyWindow(): Promise<number | undefined> {
    if (this.#written.size > 0) return Math.max(...this.#written.keys());
    if (this.#settledUntil === undefined) return undefined;
    // Edges of an earlier aggregator may have been seen within a window, or later than it can have counted.
    const { rows } = await this.client.query<{ last: number | null }>(
      `SELECT extract(epoch FROM max(last_seen))::float8 AS last FROM edge
       WHERE cluster = $1 AND isfinite(last_seen) AND last_seen <= to_timestamp($2)`,
      [this.lease.cluster, this.#settledUntil],
    );
    const last = rows[0]?.last ?? undefined;
    return last === undefined
      ? undefined
      : Math.ceil(last / WINDOW_SECONDS) * WINDOW_SECONDS - WINDOW_SECONDS;
  }

  /**
   * Commits one write. Throws a LeaseLostError where another writer took over. After any other error it is
   * unknown whether the commit went through: load a new Ledger before the next write.
   */
  async write(write: LedgerWrite): Promise<LedgerResult> {
    const plan = this.#plan(write);
    if (this.#delta.keys.size > KEPT_KEYS) this.#delta = new TotalsDelta();
    const delta = this.#delta;
    delta.clear();
    let settledFlows = 0;
    for (const update of plan.updates) {
      const flows = delta.add(update);
      if (plan.readAgain.has(update.next.windowStart)) settledFlows += flows;
    }
    delta.finish();
    // Unpacks all open windows, which takes a while: nothing else may wait for that.
    const extent = hasShrunk(delta) ? this.#extentAfter(plan, delta) : undefined;
    await transaction(this.client, async () => {
      await renewLease(this.client, this.lease);
      await applyTotals(this.client, this.lease.cluster, delta, this.#settledUntil ?? 0, extent);
      await this.#writeWindows(plan);
      await this.#writeProgress(plan);
    });
    this.#adopt(plan);
    return {
      edges: delta.edges.size,
      services: delta.services.size,
      settledSeconds: plan.ranges.reduce(
        (sum, { start, end, state }) => sum + (state === 'settled' ? end - start : 0),
        0,
      ),
      settledFlows,
      addedFlows: plan.addedFlows,
      gapSeconds: plan.gap === undefined ? 0 : plan.gap.end - plan.gap.start,
    };
  }

  #plan(write: LedgerWrite): Plan {
    const begin = this.#settledUntil ?? write.begin;
    const readings = new Map<number, Contribution>();
    const read = (contribution: Contribution, ties: 'one' | 'next'): void => {
      if (begin !== undefined && contribution.windowStart < begin) return;
      const known = readings.get(contribution.windowStart) ?? this.#written.get(contribution.windowStart);
      const next = known === undefined ? contribution : joinContributions(known, contribution, ties);
      readings.set(contribution.windowStart, next);
    };
    for (const contribution of write.live) read(contribution, 'one');
    const readAgain = new Set<number>();
    const forgotten: number[] = [];
    let addedFlows = 0;
    for (const contribution of write.settle?.readings ?? []) {
      const { windowStart } = contribution;
      const known = readings.get(windowStart) ?? this.#written.get(windowStart);
      // What Goldmane lists in the end is what it says.
      read(contribution, 'next');
      readAgain.add(windowStart);
      const now = readings.get(windowStart);
      if (now !== known) addedFlows += Math.max(0, countFlows(now) - countFlows(known));
      if (hasForgotten(contribution, known)) forgotten.push(windowStart);
    }
    const listedUntil = write.settle?.until ?? 0;
    for (const windowStart of new Set([...this.#written.keys(), ...readings.keys()]))
      if (windowStart < listedUntil && !readAgain.has(windowStart)) forgotten.push(windowStart);
    let settledUntil = Math.max(begin ?? 0, listedUntil);
    const ranges: CoverageRange[] = [];
    let gap: CoverageRange | undefined;
    if (begin !== undefined && settledUntil > begin)
      ranges.push(...settledRanges(begin, settledUntil, forgotten));
    if (write.forgottenUntil !== undefined && begin !== undefined && write.forgottenUntil > settledUntil) {
      const streamedUntil = Math.min(Math.max(this.#liveUntil, settledUntil), write.forgottenUntil);
      if (streamedUntil > settledUntil)
        ranges.push({ start: settledUntil, end: streamedUntil, state: 'live' });
      if (write.forgottenUntil > streamedUntil) {
        gap = { start: streamedUntil, end: write.forgottenUntil, state: 'gap' };
        ranges.push(gap);
      }
      settledUntil = write.forgottenUntil;
    }
    const updates: WindowUpdate[] = [];
    for (const [windowStart, next] of readings) {
      const previous = this.#written.get(windowStart);
      const settles = windowStart < settledUntil;
      if (next !== previous || settles) updates.push({ next, previous, settles });
    }
    for (const [windowStart, contribution] of this.#written) {
      if (windowStart < settledUntil && !readings.has(windowStart)) {
        updates.push({ next: contribution, previous: contribution, settles: true });
      }
    }
    return {
      updates,
      ranges,
      gap,
      readAgain,
      addedFlows,
      settledUntil: begin === undefined ? undefined : settledUntil,
      liveUntil: Math.max(this.#liveUntil, write.liveUntil ?? 0, settledUntil),
    };
  }

  #extentAfter(plan: Plan, delta: TotalsDelta): Extent {
    const extent = new Extent(delta);
    const replaced = new Set<number>();
    for (const { next } of plan.updates) {
      replaced.add(next.windowStart);
      extent.add(next);
    }
    for (const [windowStart, contribution] of this.#written)
      if (!replaced.has(windowStart)) extent.add(contribution);
    return extent;
  }

  async #writeWindows(plan: Plan): Promise<void> {
    const cluster = this.lease.cluster;
    const open = plan.updates.filter(({ settles }) => !settles).map(({ next }) => next);
    for (let at = 0; at < open.length; at += WINDOWS_PER_STATEMENT) {
      const batch = open.slice(at, at + WINDOWS_PER_STATEMENT);
      // Parameters one by one travel as bytes; in an array they would be text of twice the size.
      const rows = batch.map((_, index) => `($1, to_timestamp($${2 * index + 2}), $${2 * index + 3}::bytea)`);
      await this.client.query(
        `INSERT INTO window_ledger (cluster, window_start, contribution) VALUES ${rows.join(', ')}
         ON CONFLICT (cluster, window_start) DO UPDATE SET contribution = excluded.contribution`,
        [
          cluster,
          ...batch.flatMap(({ windowStart, bytes }) => [
            windowStart,
            Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
          ]),
        ],
      );
    }
    if (plan.ranges.length > 0) {
      await this.client.query(
        'DELETE FROM window_ledger WHERE cluster = $1 AND window_start < to_timestamp($2)',
        [cluster, plan.settledUntil],
      );
    }
  }

  async #writeProgress(plan: Plan): Promise<void> {
    const cluster = this.lease.cluster;
    await this.client.query(
      `UPDATE writer SET settled_until = to_timestamp($2), live_until = to_timestamp($3) WHERE cluster = $1`,
      [cluster, plan.settledUntil ?? null, plan.liveUntil === 0 ? null : plan.liveUntil],
    );
    for (const { start, end, state } of plan.ranges) {
      const extended = await this.client.query(
        `UPDATE coverage SET range_end = to_timestamp($3) WHERE cluster = $1 AND range_end = to_timestamp($2) AND state = $4`,
        [cluster, start, end, state],
      );
      if (extended.rowCount === 0) {
        await this.client.query(
          'INSERT INTO coverage (cluster, range_start, range_end, state) VALUES ($1, to_timestamp($2), to_timestamp($3), $4)',
          [cluster, start, end, state],
        );
      }
    }
  }

  #adopt(plan: Plan): void {
    for (const { next, settles } of plan.updates) {
      if (settles) this.#written.delete(next.windowStart);
      else this.#written.set(next.windowStart, next);
    }
    this.#settledUntil = plan.settledUntil;
    this.#liveUntil = plan.liveUntil;
  }

  async #load(): Promise<void> {
    const cluster = this.lease.cluster;
    const state = await this.client.query<{ settled_until: string | null; live_until: string | null }>(
      'SELECT extract(epoch FROM settled_until)::bigint AS settled_until, extract(epoch FROM live_until)::bigint AS live_until FROM writer WHERE cluster = $1',
      [cluster],
    );
    const { settled_until: settledUntil, live_until: liveUntil } = state.rows[0] ?? {};
    this.#settledUntil = settledUntil == null ? undefined : Number(settledUntil);
    this.#liveUntil = Number(liveUntil ?? 0);
    const windows = await this.client.query<{ window_start: string; contribution: Buffer }>(
      'SELECT extract(epoch FROM window_start)::bigint AS window_start, contribution FROM window_ledger WHERE cluster = $1',
      [cluster],
    );
    for (const { window_start: start, contribution } of windows.rows) {
      this.#written.set(Number(start), { windowStart: Number(start), bytes: contribution });
    }
  }
}

interface CoverageRange {
  readonly start: number;
  readonly end: number;
  readonly state: 'settled' | 'live' | 'gap';
}

interface Plan {
  readonly updates: readonly WindowUpdate[];
  readonly ranges: readonly CoverageRange[];
  readonly gap: CoverageRange | undefined;
  /** Starts of the windows that the settle pass has read. */
  readonly readAgain: ReadonlySet<number>;
  readonly addedFlows: number;
  readonly settledUntil: number | undefined;
  readonly liveUntil: number;
}

/** Whether Goldmane, which was restarted then, lists less of a window than it has streamed. */
function hasForgotten(listed: Contribution, known: Contribution | undefined): boolean {
  if (known === undefined || Buffer.compare(listed.bytes, known.bytes) === 0) return false;
  return countFlows(listed) < countFlows(known);
}

/** A window that Goldmane had forgotten when it was listed is known as it was streamed, and no better. */
function settledRanges(start: number, end: number, forgotten: readonly number[]): CoverageRange[] {
  const ranges: CoverageRange[] = [];
  let at = start;
  for (const window of [...forgotten].sort((a, b) => a - b)) {
    if (window > at) ranges.push({ start: at, end: window, state: 'settled' });
    at = window + WINDOW_SECONDS;
    ranges.push({ start: window, end: at, state: 'live' });
  }
  if (end > at) ranges.push({ start: at, end, state: 'settled' });
  return ranges;
}
