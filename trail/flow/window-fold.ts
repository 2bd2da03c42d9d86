import { WireReporter, WORKLOAD_ENDPOINT, actionRank } from './action';
import { encodeContribution, type Contribution } from './contribution';
import type { FlowRecord } from './flow-record';
import { IdSet } from './id-set';
import type { KeySpace } from './key-space';
import { RowSums } from './row-sums';

const MIN_SLOTS = 1024;
/** Numbers of a slot lie side by side: finding, checking and counting a flow touches one stretch of memory. */
const STRIDE = 4;
const LOW = 1;
const HIGH = 2;
const RANK = 3;
const SUMS = 3;
/** Records whose ids are remembered, for each flow that is told apart: most flows have two. */
const IDS_PER_OBSERVATION = 4;

/** Rows of the contribution that is being built; folds take turns. */
const rows = new RowSums();

/**
 * Counts one window: pairs the records of each flow into observations and those into what the window
 * contributes to each service key. The order of records and repeated ids make no difference.
 *
 * The rules: an observation's action is the strongest that any of its records has; its connections and bytes
 * come from one side only, the Src records where the source is a workload endpoint, else the Dst records.
 *
 * Bounded: beyond `maxObservations` flows, each further record of a counting side counts as a flow of its own with
 * its own action. Connections and bytes stay exact; what the other side alone knows (a refusal, a label, a flow
 * that it alone reports) is missing, and a flow that its counting side tells in several records counts once for
 * each. Beyond IDS_PER_OBSERVATION times as many records, one that comes twice in one connection counts twice.
 */
export class WindowFold {
  /** Distinct flows seen. */
  observations = 0;
  /** Something was counted since the owner last set this to false. */
  changed = false;
  /** When its owner last turned to it, by the owner's own count. */
  turn = 0;

  readonly #ids: IdSet;
  #slots = MIN_SLOTS;
  /** Of each slot: service key id + 1 (0 = free slot), hash (two halves), action rank; see KEY and so on. */
  #table = new Int32Array(MIN_SLOTS * STRIDE);
  /** Of each slot: connections, bytes out, bytes in. */
  #sums = new Float64Array(MIN_SLOTS * SUMS);
  /** What records beyond `maxObservations` count, without their other side. */
  #overflow: RowSums | undefined;

  /** `windowStart` in Unix seconds. */
  constructor(
    public windowStart: number,
    private space: KeySpace,
    private readonly maxObservations: number,
  ) {
    this.#ids = new IdSet(maxObservations * IDS_PER_OBSERVATION);
  }

  /** Makes a used fold ready for another window, keeping its memory. */
  reuse(windowStart: number, space: KeySpace): void {
    this.windowStart = windowStart;
    this.space = space;
    this.observations = 0;
    this.changed = false;
    this.#ids.clear();
    this.#overflow = undefined;
    if (this.#slots > MIN_SLOTS * 16) this.#allocate(MIN_SLOTS);
    else this.#table.fill(0);
  }

  /** Counts a record. Returns a Drop code (< 0) where the record is part of no edge, else 0. */
  add(record: FlowRecord): number {
    const table = this.#table;
    const low = record.flowHashLow | 0;
    const high = record.flowHashHigh | 0;
    const mask = this.#slots - 1;
    let slot = low & mask;
    for (;;) {
      const at = slot * STRIDE;
      const taken = table[at] ?? 0;
      if (taken === 0) break;
      if (table[at + LOW] === low && table[at + HIGH] === high) {
        if (!this.#ids.add(record.idLow, record.idHigh)) return 0;
        this.#merge(slot, taken - 1, record);
        return 0;
      }
      slot = (slot + 1) & mask;
    }
    const key = this.space.resolve(record);
    if (key < 0) return key;
    if (this.observations >= this.maxObservations) return this.#countUnpaired(key, record);
    if (!this.#ids.add(record.idLow, record.idHigh)) return 0;
    this.observations++;
    if (this.space.isOther(key)) this.space.tally.capped++;
    const at = slot * STRIDE;
    table[at] = key + 1;
    table[at + LOW] = low;
    table[at + HIGH] = high;
    table[at + RANK] = 0;
    this.#sums.fill(0, slot * SUMS, slot * SUMS + SUMS);
    this.#count(slot, record);
    if (this.observations * 8 > this.#slots * 5) this.#grow();
    return 0;
  }

  /** What the window contributes so far. */
  contribution(): Contribution {
    const table = this.#table;
    const sums = this.#sums;
    rows.clear();
    for (let slot = 0; slot < this.#slots; slot++) {
      const key = table[slot * STRIDE] ?? 0;
      if (key === 0) continue;
      const at = slot * SUMS;
      rows.add(
        key - 1,
        table[slot * STRIDE + RANK] ?? 0,
        1,
        sums[at] ?? 0,
        sums[at + 1] ?? 0,
        sums[at + 2] ?? 0,
      );
    }
    if (this.#overflow !== undefined) rows.addAll(this.#overflow);
    return encodeContribution(this.windowStart, rows, this.space.keys);
  }

  #merge(slot: number, key: number, record: FlowRecord): void {
    if (this.space.readsLabels(key)) {
      const other = this.space.resolve(record);
      if (other >= 0 && other !== key) this.#table[slot * STRIDE] = this.space.reconcile(key, other) + 1;
    }
    this.#count(slot, record);
  }

  #count(slot: number, record: FlowRecord): void {
    this.changed = true;
    const rank = actionRank(record.action);
    if (rank > (this.#table[slot * STRIDE + RANK] ?? 0)) this.#table[slot * STRIDE + RANK] = rank;
    if (!isCountingSide(record)) return;
    const fromSource = record.reporter === WireReporter.src;
    const sums = this.#sums;
    const at = slot * SUMS;
    sums[at] = (sums[at] ?? 0) + record.connections;
    sums[at + 1] = (sums[at + 1] ?? 0) + (fromSource ? record.bytesOut : record.bytesIn);
    sums[at + 2] = (sums[at + 2] ?? 0) + (fromSource ? record.bytesIn : record.bytesOut);
  }

  /** Too many flows to remember each: the counting side alone speaks for its flow. */
  #countUnpaired(key: number, record: FlowRecord): number {
    const counts = isCountingSide(record);
    if (counts && !this.#ids.add(record.idLow, record.idHigh)) return 0;
    this.space.tally.capped++;
    if (!counts) return 0;
    this.changed = true;
    const fromSource = record.reporter === WireReporter.src;
    this.#overflow ??= new RowSums();
    this.#overflow.add(
      key,
      actionRank(record.action),
      1,
      record.connections,
      fromSource ? record.bytesOut : record.bytesIn,
      fromSource ? record.bytesIn : record.bytesOut,
    );
    return 0;
  }

  #allocate(slots: number): void {
    this.#slots = slots;
    this.#table = new Int32Array(slots * STRIDE);
    this.#sums = new Float64Array(slots * SUMS);
  }

  #grow(): void {
    const table = this.#table;
    const sums = this.#sums;
    this.#allocate(this.#slots * 2);
    const mask = this.#slots - 1;
    for (let from = 0; from * STRIDE < table.length; from++) {
      if (table[from * STRIDE] === 0) continue;
      let slot = (table[from * STRIDE + LOW] ?? 0) & mask;
      while (this.#table[slot * STRIDE] !== 0) slot = (slot + 1) & mask;
      for (let each = 0; each < STRIDE; each++)
        this.#table[slot * STRIDE + each] = table[from * STRIDE + each] ?? 0;
      for (let each = 0; each < SUMS; each++) this.#sums[slot * SUMS + each] = sums[from * SUMS + each] ?? 0;
    }
  }
}

function isCountingSide(record: FlowRecord): boolean {
  return record.reporter === (record.sourceType === WORKLOAD_ENDPOINT ? WireReporter.src : WireReporter.dst);
}
