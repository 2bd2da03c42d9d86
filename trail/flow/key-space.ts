import type { FlowRecord, Side } from './flow-record';
import { OTHER_NAMESPACE, otherService, serviceKeyText, type ServiceKey } from './service-key';

/** Why a record is not part of any edge. Negative, so that it can't be mistaken for a service key's id. */
export const Drop = { sameNamespace: -1, noNamespace: -2, invalidName: -3 } as const;

/** Names of the drop codes, as metrics label them. */
export const DROP_REASONS = ['same_namespace', 'no_namespace', 'invalid_name'] as const;

/** Flows come back every window, so each set keeps a few: one entry a set would throw some out every time. */
const CACHE_WAYS = 4;
const CACHE_SETS = 1 << 15;
/** Hash (two halves) and answer side by side: one set is one stretch of memory. */
const ENTRY_STRIDE = 3;
const SET_STRIDE = CACHE_WAYS * ENTRY_STRIDE;
/** Cached instead of an id: the answer depends on labels too; see the flags below. */
const NEEDS_LABELS = -8;
const SOURCE_FLAG = 1;
const DEST_FLAG = 2;

/**
 * Numbers the service keys of flows. The same flow comes back window after window, so answers are cached by
 * the flow's hash and names are read on a miss only. Bounded: past `maxKeys` distinct keys everything new
 * goes to the `other` row of its namespace pair, and past that to one row for all.
 */
export class KeySpace {
  readonly keys: ServiceKey[] = [];
  /** Records that met a bound. */
  capped = 0;

  readonly #ids = new Map<string, number>();
  readonly #cache = new Int32Array(CACHE_SETS * SET_STRIDE);

  constructor(
    private readonly multiServiceNamespaces: ReadonlySet<string>,
    private readonly maxKeys: number,
  ) {}

  /** Nearly full, perhaps of keys that are long gone: time to begin a new space with the next window. */
  get crowded(): boolean {
    return this.keys.length > this.maxKeys * 0.75;
  }

  /** Id of the record's service key (≥ 0, index into `keys`), or a Drop code (< 0). */
  resolve(record: FlowRecord): number {
    const cached = this.#cached(record.flowHashLow, record.flowHashHigh);
    if (cached === undefined) return this.#resolveNames(record);
    if (cached > NEEDS_LABELS) return cached;
    return this.#resolveLabels(record, NEEDS_LABELS - cached);
  }

  /** Whether the labels of records with this key say more than its namespaces do. */
  readsLabels(id: number): boolean {
    const key = this.keys[id];
    return key !== undefined && this.#labelFlags(key.srcNs, key.dstNs) !== 0;
  }

  /**
   * Two records of one flow may carry different labels: a name beats none, the lesser name beats the greater,
   * so that the order in which they arrive doesn't matter.
   */
  reconcile(one: number, other: number): number {
    const a = this.keys[one];
    const b = this.keys[other];
    if (a === undefined || b === undefined || one === other) return one;
    return this.#idOf({
      ...a,
      srcService: lesserName(a.srcService, b.srcService),
      dstService: lesserName(a.dstService, b.dstService),
    });
  }

  #resolveNames(record: FlowRecord): number {
    const srcNs = record.namespace('source');
    const dstNs = record.namespace('dest');
    const flags = srcNs === null || dstNs === null ? 0 : this.#labelFlags(srcNs, dstNs);
    if (flags !== 0 && srcNs !== dstNs) {
      this.#remember(record.flowHashLow, record.flowHashHigh, NEEDS_LABELS - flags);
      return this.#resolveLabels(record, flags);
    }
    const id = this.#classify(record, srcNs, dstNs, '', '');
    this.#remember(record.flowHashLow, record.flowHashHigh, id);
    return id;
  }

  #resolveLabels(record: FlowRecord, flags: number): number {
    const src = (flags & SOURCE_FLAG) === 0 ? 0 : record.serviceIdentityHash('source');
    const dst = (flags & DEST_FLAG) === 0 ? 0 : record.serviceIdentityHash('dest');
    // Never the plain hash, even where no label is set: that slot holds the NEEDS_LABELS mark.
    const low = (record.flowHashLow ^ src ^ 0x5bd1e995) >>> 0;
    const high = (record.flowHashHigh ^ dst) >>> 0;
    const cached = this.#cached(low, high);
    if (cached !== undefined) return cached;
    const service = (side: Side, flag: number): string =>
      (flags & flag) === 0 ? '' : record.serviceIdentity(side);
    const id = this.#classify(
      record,
      record.namespace('source'),
      record.namespace('dest'),
      service('source', SOURCE_FLAG),
      service('dest', DEST_FLAG),
    );
    this.#remember(low, high, id);
    return id;
  }

  #classify(
    record: FlowRecord,
    srcNs: string | null,
    dstNs: string | null,
    srcService: string,
    dstService: string,
  ): number {
    if (srcNs === null || dstNs === null) return Drop.invalidName;
    if (isNone(srcNs) || isNone(dstNs)) return Drop.noNamespace;
    if (srcNs === dstNs) return Drop.sameNamespace;
    return this.#idOf({
      srcNs,
      srcService,
      dstNs,
      dstService,
      protocol: record.protocol(),
      dstPort: record.destPort,
    });
  }

  #idOf(key: ServiceKey): number {
    const known = this.#ids.get(serviceKeyText(key));
    if (known !== undefined) return known;
    if (this.keys.length < this.maxKeys) return this.#add(key);
    this.capped++;
    const pair = otherService(key);
    const pairId = this.#ids.get(serviceKeyText(pair));
    if (pairId !== undefined) return pairId;
    if (this.keys.length < this.maxKeys * 2) return this.#add(pair);
    const rest = otherService({ srcNs: OTHER_NAMESPACE, dstNs: OTHER_NAMESPACE });
    return this.#ids.get(serviceKeyText(rest)) ?? this.#add(rest);
  }

  #add(key: ServiceKey): number {
    this.#ids.set(serviceKeyText(key), this.keys.length);
    return this.keys.push(key) - 1;
  }

  #labelFlags(srcNs: string, dstNs: string): number {
    return (
      (this.multiServiceNamespaces.has(srcNs) ? SOURCE_FLAG : 0) |
      (this.multiServiceNamespaces.has(dstNs) ? DEST_FLAG : 0)
    );
  }

  #cached(low: number, high: number): number | undefined {
    const cache = this.#cache;
    const first = (low & (CACHE_SETS - 1)) * SET_STRIDE;
    for (let at = first; at < first + SET_STRIDE; at += ENTRY_STRIDE) {
      if (cache[at] === (low | 0) && cache[at + 1] === (high | 0)) return cache[at + 2];
    }
    return undefined;
  }

  #remember(low: number, high: number, value: number): void {
    const first = (low & (CACHE_SETS - 1)) * SET_STRIDE;
    // The newest goes first and pushes the others back, so that the oldest of the set falls out.
    this.#cache.copyWithin(first + ENTRY_STRIDE, first, first + SET_STRIDE - ENTRY_STRIDE);
    this.#cache[first] = low;
    this.#cache[first + 1] = high;
    this.#cache[first + 2] = value;
  }
}

function isNone(namespace: string): boolean {
  return namespace === '' || namespace === '-';
}

function lesserName(one: string, other: string): string {
  if (one === '' || other === '') return one || other;
  return one < other ? one : other;
}
