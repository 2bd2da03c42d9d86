import { WireReporter, WORKLOAD_ENDPOINT, actionRank } from './action';
import { ContributionBuilder, type Contribution } from './contribution';
import type { FlowRecord } from './flow-record';
import { IdSet } from './id-set';
import type { KeySpace } from './key-space';

const MIN_SLOTS = 1024;

/**
 * Counts one window: pairs the records of each flow into observations and those into what the window
 * contributes to each service key. The order of records and repeated ids make no difference.
 *
 * The rules: an observation's action is the strongest that any of its records has; its connections and bytes
 * come from one side only, the Src records where the source is a workload endpoint, else the Dst records.
 */
export class WindowFold {
  /** Distinct flows seen. */
  observations = 0;
  /** Something was counted since the owner last set this to false. */
  changed = false;
  /** Records beyond `maxObservations`: counted without their other side. */
  unpaired = 0;

  readonly #ids = new IdSet();
  #slots = MIN_SLOTS;
  #hashLow = new Uint32Array(MIN_SLOTS);
  #hashHigh = new Uint32Array(MIN_SLOTS);
  /** Service key id + 1, or 0 = free slot. */
  #key = new Uint32Array(MIN_SLOTS);
  #rank = new Uint8Array(MIN_SLOTS);
  #connections = new Float64Array(MIN_SLOTS);
  #bytesOut = new Float64Array(MIN_SLOTS);
  #bytesIn = new Float64Array(MIN_SLOTS);
  #overflow: ContributionBuilder | undefined;

  /** `windowStart` in Unix seconds. */
  constructor(
    public windowStart: number,
    private space: KeySpace,
    private readonly maxObservations: number,
  ) {}

  /** Makes a used fold ready for another window, keeping its memory. */
  reuse(windowStart: number, space: KeySpace): void {
    this.windowStart = windowStart;
    this.space = space;
    this.observations = this.unpaired = 0;
    this.changed = false;
    this.#ids.clear();
    this.#overflow = undefined;
    if (this.#slots > MIN_SLOTS * 16) this.#allocate(MIN_SLOTS);
    else this.#key.fill(0);
  }

  /** Counts a record. Returns a Drop code (< 0) where the record is part of no edge, else 0. */
  add(record: FlowRecord): number {
    const low = record.flowHashLow;
    const high = record.flowHashHigh;
    const mask = this.#slots - 1;
    let slot = low & mask;
    for (;;) {
      const taken = this.#key[slot] ?? 0;
      if (taken === 0) break;
      if (this.#hashLow[slot] === low && this.#hashHigh[slot] === high) {
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
    this.#hashLow[slot] = low;
    this.#hashHigh[slot] = high;
    this.#key[slot] = key + 1;
    this.#rank[slot] = 0;
    this.#connections[slot] = this.#bytesOut[slot] = this.#bytesIn[slot] = 0;
    this.#count(slot, record);
    if (this.observations * 8 > this.#slots * 5) this.#grow();
    return 0;
  }

  /** What the window contributes so far. */
  contribution(): Contribution {
    const builder = new ContributionBuilder(this.windowStart, this.space.keys);
    for (let slot = 0; slot < this.#slots; slot++) {
      const key = this.#key[slot] ?? 0;
      if (key === 0) continue;
      builder.add(
        key - 1,
        this.#rank[slot] ?? 0,
        1,
        this.#connections[slot] ?? 0,
        this.#bytesOut[slot] ?? 0,
        this.#bytesIn[slot] ?? 0,
      );
    }
    if (this.#overflow !== undefined) builder.addAll(this.#overflow);
    return builder.build();
  }

  #merge(slot: number, key: number, record: FlowRecord): void {
    if (this.space.readsLabels(key)) {
      const other = this.space.resolve(record);
      if (other >= 0 && other !== key) this.#key[slot] = this.space.reconcile(key, other) + 1;
    }
    this.#count(slot, record);
  }

  #count(slot: number, record: FlowRecord): void {
    this.changed = true;
    const rank = actionRank(record.action);
    if (rank > (this.#rank[slot] ?? 0)) this.#rank[slot] = rank;
    if (!isCountingSide(record)) return;
    const fromSource = record.reporter === WireReporter.src;
    this.#connections[slot] = (this.#connections[slot] ?? 0) + record.connections;
    this.#bytesOut[slot] = (this.#bytesOut[slot] ?? 0) + (fromSource ? record.bytesOut : record.bytesIn);
    this.#bytesIn[slot] = (this.#bytesIn[slot] ?? 0) + (fromSource ? record.bytesIn : record.bytesOut);
  }

  /** Too many flows to remember each: the counting side alone speaks for its flow. */
  #countUnpaired(key: number, record: FlowRecord): number {
    this.changed = true;
    this.unpaired++;
    const rank = actionRank(record.action);
    if (!isCountingSide(record)) return 0;
    const fromSource = record.reporter === WireReporter.src;
    this.#overflow ??= new ContributionBuilder(this.windowStart, this.space.keys);
    this.#overflow.add(
      key,
      rank,
      1,
      record.connections,
      fromSource ? record.bytesOut : record.bytesIn,
      fromSource ? record.bytesIn : record.bytesOut,
    );
    return 0;
  }

  #allocate(slots: number): void {
    this.#slots = slots;
    this.#hashLow = new Uint32Array(slots);
    this.#hashHigh = new Uint32Array(slots);
    this.#key = new Uint32Array(slots);
    this.#rank = new Uint8Array(slots);
    this.#connections = new Float64Array(slots);
    this.#bytesOut = new Float64Array(slots);
    this.#bytesIn = new Float64Array(slots);
  }

  #grow(): void {
    const [hashLow, hashHigh, key, rank] = [this.#hashLow, this.#hashHigh, this.#key, this.#rank];
    const [connections, bytesOut, bytesIn] = [this.#connections, this.#bytesOut, this.#bytesIn];
    this.#allocate(this.#slots * 2);
    const mask = this.#slots - 1;
    for (let from = 0; from < key.length; from++) {
      if (key[from] === 0) continue;
      let slot = (hashLow[from] ?? 0) & mask;
      while (this.#key[slot] !== 0) slot = (slot + 1) & mask;
      this.#hashLow[slot] = hashLow[from] ?? 0;
      this.#hashHigh[slot] = hashHigh[from] ?? 0;
      this.#key[slot] = key[from] ?? 0;
      this.#rank[slot] = rank[from] ?? 0;
      this.#connections[slot] = connections[from] ?? 0;
      this.#bytesOut[slot] = bytesOut[from] ?? 0;
      this.#bytesIn[slot] = bytesIn[from] ?? 0;
    }
  }
}

function isCountingSide(record: FlowRecord): boolean {
  return record.reporter === (record.sourceType === WORKLOAD_ENDPOINT ? WireReporter.src : WireReporter.dst);
}
