import type { FlowRecord, Side } from './flow-record';
import { grown } from './row-sums';
import { OTHER_NAMESPACE, OTHER_PROTOCOL, type ServiceKey } from './service-key';
import { ServiceKeyTable } from './service-key-table';
import { TupleTable } from './tuple-table';

/** Why a record is not part of any edge. Negative, so that it can't be mistaken for a service key's id. */
export const Drop = { sameNamespace: -1, noNamespace: -2, invalidName: -3 } as const;

/** Names of the drop codes, as metrics label them. */
export const DROP_REASONS = ['same_namespace', 'no_namespace', 'invalid_name'] as const;

/** Bounds on the service keys that counting tells apart. */
export interface KeyLimits {
  /** Of one namespace pair; more are counted under its `other` row. @default 256 */
  readonly maxServicesPerPair?: number;
  /** Of all pairs together; more are counted under the `other` row of their pair. @default 262,144 */
  readonly maxServiceKeys?: number;
}

export const DEFAULT_SERVICES_PER_PAIR = 256;
const DEFAULT_SERVICE_KEYS = 262_144;
/** Of a bound per pair: what is left to a pair that is not known, however many services it may have already. */
const LEAST_ROOM = 1 / 4;

/** Of the bound on all services: a space with more is crowded. */
const CROWDED = 3 / 4;
/** Of the same: a new space that begins with more is no relief, unless the old one is full. */
const RELIEVED = 5 / 8;
/** Of the bound of a pair: the next space need not know the services of one with fewer. */
const CARRIED = 1 / 16;
/** Of the same: nor how much room it has left. */
const COUNTED = 1 / 64;

/** Most services that a process begins with: half of its keys are for those to come. */
export function mostKnown({ maxServiceKeys = DEFAULT_SERVICE_KEYS }: KeyLimits): number {
  return Math.floor(maxServiceKeys / 2);
}

/** Services that the trail tells apart already and goes on telling apart. */
export interface KnownServices {
  readonly services: Iterable<ServiceKey>;
  /** Pairs with fewer services than this may be missing; 1 = none are. */
  readonly from: number;
  /** How many more services pairs may have, where that is less than what is known says. */
  readonly rooms?: Iterable<PairRoom>;
}

interface PairRoom {
  readonly srcNs: string;
  readonly dstNs: string;
  readonly room: number;
}

/** Counts what met a bound, over all spaces of a process. */
export interface Tally {
  /** Flows that were counted less finely. */
  capped: number;
}

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
/** Of a key: it stands for services beyond a bound. */
const OTHER_FLAG = 4;

/**
 * Numbers the service keys of flows. The same flow comes back window after window, so answers are cached by
 * the flow's hash and names are read on a miss only. Bounded: beyond its limits everything new goes to the
 * `other` row of its namespace pair, and, where even those are too many, to one row for all.
 */
export class KeySpace {
  readonly keys = new ServiceKeyTable();

  readonly #maxKeys: number;
  readonly #perPair: number;
  /** Pairs with fewer services may have them without being known. */
  readonly #from: number;
  readonly #otherProtocol: number;
  /** Namespace pairs, and how many more services each may have. */
  readonly #pairs = new TupleTable();
  #room = new Int32Array(256);
  readonly #roomOfNewPair: number;
  /** Of each key: which of its ends are told apart by label, and whether it stands for others. */
  #flags = new Uint8Array(1024);
  readonly #cache = new Int32Array(CACHE_SETS * SET_STRIDE);

  constructor(
    private readonly multiServiceNamespaces: ReadonlySet<string>,
    limits: KeyLimits,
    known: KnownServices,
    readonly tally: Tally,
  ) {
    this.#maxKeys = limits.maxServiceKeys ?? DEFAULT_SERVICE_KEYS;
    this.#otherProtocol = this.keys.name(OTHER_PROTOCOL);
    this.#perPair = limits.maxServicesPerPair ?? DEFAULT_SERVICES_PER_PAIR;
    this.#from = known.from;
    this.#roomOfNewPair = this.#perPair;
    for (const service of known.services) {
      const id = this.keys.size;
      if (this.keys.internKey(service) < id) continue;
      this.#setFlags(id);
      if (!this.isOther(id)) this.#takeRoom(this.#pairOf(id));
    }
    // What isn't remembered of the others has its place in their bound.
    this.#roomOfNewPair = Math.max(Math.ceil(this.#perPair * LEAST_ROOM), this.#perPair - known.from + 1);
    for (const { srcNs, dstNs, room } of known.rooms ?? []) {
      const pair = this.#pair(this.keys.name(srcNs), this.keys.name(dstNs));
      this.#room[pair] = Math.min(this.#room[pair] ?? 0, room);
    }
  }

  /**
   * What the next space has to know, where this one is nearly full of keys that it need not, perhaps of services that
   * are long gone; undefined = it is not.
   */
  carry(): KnownServices | undefined {
    const size = this.keys.size;
    if (size <= this.#maxKeys * CROWDED) return undefined;
    const count = new Int32Array(this.#pairs.size);
    for (let id = 0; id < size; id++) {
      const pair = this.#pairOf(id);
      count[pair] = (count[pair] ?? 0) + 1;
    }
    const least = Math.floor(this.#perPair * CARRIED);
    const kept = count.map((services) => (services >= least ? services : 0));
    if (sum(kept) > this.#maxKeys * RELIEVED) {
      if (size < this.#maxKeys) return undefined;
      keepFullest(kept, mostKnown({ maxServiceKeys: this.#maxKeys }));
    }
    const counted = Math.max(1, Math.floor(this.#perPair * COUNTED));
    return {
      services: this.#servicesOf(kept),
      from: Math.max(this.#from, counted),
      rooms: this.#roomsOf(count, this.#roomOfNewPair - counted),
    };
  }

  *#servicesOf(kept: Int32Array): Iterable<ServiceKey> {
    for (let id = 0; id < this.keys.size; id++)
      if ((kept[this.#pairOf(id)] ?? 0) > 0) yield this.keys.key(id);
  }

  /** Of the pairs that were seen in this space and have room for `most` services or less. */
  *#roomsOf(seen: Int32Array, most: number): Iterable<PairRoom> {
    const { names } = this.keys;
    for (const [pair, services] of seen.entries()) {
      const room = this.#room[pair] ?? 0;
      if (services === 0 || room > most) continue;
      const [srcNs = '', dstNs = ''] = [names[this.#pairs.at(pair, 0)], names[this.#pairs.at(pair, 1)]];
      yield { srcNs, dstNs, room };
    }
  }

  /** Id of the record's service key (≥ 0, good for `keys`), or a Drop code (< 0). */
  resolve(record: FlowRecord): number {
    const cached = this.#cached(record.flowHashLow, record.flowHashHigh);
    if (cached === undefined) return this.#resolveNames(record);
    if (cached > NEEDS_LABELS) return cached;
    return this.#resolveLabels(record, NEEDS_LABELS - cached);
  }

  /** Whether the labels of records with this key say more than its namespaces do. */
  readsLabels(id: number): boolean {
    return ((this.#flags[id] ?? 0) & (SOURCE_FLAG | DEST_FLAG)) !== 0;
  }

  /** Whether the key stands for services beyond a bound. */
  isOther(id: number): boolean {
    return ((this.#flags[id] ?? 0) & OTHER_FLAG) !== 0;
  }

  /**
   * Two records of one flow may carry different labels: a name beats none, the lesser name beats the greater,
   * so that the order in which they arrive doesn't matter.
   */
  reconcile(one: number, other: number): number {
    if (one === other) return one;
    const { keys } = this;
    return this.#idOf(
      keys.srcNs(one),
      keys.dstNs(one),
      this.#lesserName(keys.srcService(one), keys.srcService(other)),
      this.#lesserName(keys.dstService(one), keys.dstService(other)),
      keys.protocol(one),
      keys.dstPort(one),
    );
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
    const { keys } = this;
    const protocol = record.protocol();
    const srcId = keys.findName(srcNs);
    const dstId = keys.findName(dstNs);
    // Names are kept only with a key of their own: what others make up must not fill the memory.
    const isNew =
      srcId < 0 ||
      dstId < 0 ||
      keys.findName(srcService) < 0 ||
      keys.findName(dstService) < 0 ||
      keys.findName(protocol) < 0;
    if (!isNew || (keys.size < this.#maxKeys && this.#hasRoom(srcId, dstId)))
      return this.#idOf(
        keys.name(srcNs),
        keys.name(dstNs),
        keys.name(srcService),
        keys.name(dstService),
        keys.name(protocol),
        record.destPort,
      );
    return keys.size < this.#maxKeys * 2
      ? this.#otherOf(keys.name(srcNs), keys.name(dstNs))
      : this.#otherOf(srcId, dstId);
  }

  /** Id of the key of these names' ids, or of the row that it is counted under. */
  #idOf(
    srcNs: number,
    dstNs: number,
    srcService: number,
    dstService: number,
    protocol: number,
    dstPort: number,
  ): number {
    const { keys } = this;
    const known = keys.find(srcNs, dstNs, srcService, dstService, protocol, dstPort);
    if (known >= 0) return known;
    if (keys.size < this.#maxKeys && this.#takeRoom(this.#pair(srcNs, dstNs)))
      return this.#add(srcNs, dstNs, srcService, dstService, protocol, dstPort);
    return this.#otherOf(srcNs, dstNs);
  }

  /** Id of the row of a pair's services beyond a bound, or of that of all pairs beyond theirs; -1 = a name that is not kept. */
  #otherOf(srcNs: number, dstNs: number): number {
    const { keys } = this;
    const other = keys.find(srcNs, dstNs, 0, 0, this.#otherProtocol, 0);
    if (other >= 0) return other;
    if (keys.size < this.#maxKeys * 2) return this.#add(srcNs, dstNs, 0, 0, this.#otherProtocol, 0);
    const all = keys.name(OTHER_NAMESPACE);
    return this.#add(all, all, 0, 0, this.#otherProtocol, 0);
  }

  #add(
    srcNs: number,
    dstNs: number,
    srcService: number,
    dstService: number,
    protocol: number,
    dstPort: number,
  ): number {
    const id = this.keys.intern(srcNs, dstNs, srcService, dstService, protocol, dstPort);
    this.#setFlags(id);
    return id;
  }

  #pair(srcNs: number, dstNs: number): number {
    const known = this.#pairs.size;
    const pair = this.#pairs.intern(srcNs, dstNs);
    if (pair < known) return pair;
    if (pair >= this.#room.length) this.#room = grown(this.#room, pair + 1, Int32Array);
    this.#room[pair] = this.#roomOfNewPair;
    return pair;
  }

  #pairOf(id: number): number {
    return this.#pair(this.keys.srcNs(id), this.keys.dstNs(id));
  }

  #takeRoom(pair: number): boolean {
    const room = this.#room[pair] ?? 0;
    if (room <= 0) return false;
    this.#room[pair] = room - 1;
    return true;
  }

  #hasRoom(srcNs: number, dstNs: number): boolean {
    const pair = this.#pairs.find(srcNs, dstNs);
    return pair < 0 || (this.#room[pair] ?? 0) > 0;
  }

  #setFlags(id: number): void {
    const { names } = this.keys;
    if (id >= this.#flags.length) this.#flags = grown(this.#flags, id + 1, Uint8Array);
    this.#flags[id] =
      this.keys.protocol(id) === this.#otherProtocol
        ? OTHER_FLAG
        : this.#labelFlags(names[this.keys.srcNs(id)] ?? '', names[this.keys.dstNs(id)] ?? '');
  }

  #labelFlags(srcNs: string, dstNs: string): number {
    return (
      (this.multiServiceNamespaces.has(srcNs) ? SOURCE_FLAG : 0) |
      (this.multiServiceNamespaces.has(dstNs) ? DEST_FLAG : 0)
    );
  }

  #lesserName(one: number, other: number): number {
    if (one === 0 || other === 0) return one || other;
    const { names } = this.keys;
    return (names[one] ?? '') < (names[other] ?? '') ? one : other;
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

const sum = (numbers: Int32Array): number => numbers.reduce((total, number) => total + number, 0);

/** Of numbers by pair, sets those to 0 that do not fit into `most`, the smallest first. */
function keepFullest(services: Int32Array, most: number): void {
  const fullestFirst = Int32Array.from(services.keys()).sort(
    (one, other) => (services[other] ?? 0) - (services[one] ?? 0),
  );
  let left = most;
  for (const pair of fullestFirst) {
    left -= services[pair] ?? 0;
    if (left < 0) services[pair] = 0;
  }
}
