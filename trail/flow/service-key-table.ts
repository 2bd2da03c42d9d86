import type { ServiceKey } from './service-key';
import { TupleTable } from './tuple-table';

/** Numbers names and service keys. Ids count up from 0 and are good for this table only. */
export class ServiceKeyTable {
  /** By id; 0 is the empty name. */
  readonly names: string[] = [''];
  readonly #nameIds = new Map<string, number>([['', 0]]);
  readonly #keys = new TupleTable();

  get size(): number {
    return this.#keys.size;
  }

  /** Forgets all names and keys and keeps the memory of the keys. */
  clear(): void {
    this.names.length = 1;
    this.#nameIds.clear();
    this.#nameIds.set('', 0);
    this.#keys.clear();
  }

  name(text: string): number {
    const known = this.#nameIds.get(text);
    if (known !== undefined) return known;
    this.#nameIds.set(text, this.names.length);
    return this.names.push(text) - 1;
  }

  /** Id of the name, -1 where it is not in the table. */
  findName(text: string): number {
    return this.#nameIds.get(text) ?? -1;
  }

  /** Id of the key of these names' ids, -1 where it is not in the table. */
  find(
    srcNs: number,
    dstNs: number,
    srcService: number,
    dstService: number,
    protocol: number,
    dstPort: number,
  ): number {
    return this.#keys.find(srcNs, dstNs, srcService, dstService, protocol, dstPort);
  }

  /** Id of the key of these names' ids, which is added where it is new. */
  intern(
    srcNs: number,
    dstNs: number,
    srcService: number,
    dstService: number,
    protocol: number,
    dstPort: number,
  ): number {
    return this.#keys.intern(srcNs, dstNs, srcService, dstService, protocol, dstPort);
  }

  internKey(key: ServiceKey): number {
    return this.intern(
      this.name(key.srcNs),
      this.name(key.dstNs),
      this.name(key.srcService),
      this.name(key.dstService),
      this.name(key.protocol),
      key.dstPort,
    );
  }

  /** Ids of the names of key `id`. */
  srcNs(id: number): number {
    return this.#keys.at(id, 0);
  }

  dstNs(id: number): number {
    return this.#keys.at(id, 1);
  }

  srcService(id: number): number {
    return this.#keys.at(id, 2);
  }

  dstService(id: number): number {
    return this.#keys.at(id, 3);
  }

  protocol(id: number): number {
    return this.#keys.at(id, 4);
  }

  dstPort(id: number): number {
    return this.#keys.at(id, 5);
  }

  /** Throws a RangeError where `id` is not in the table. */
  key(id: number): ServiceKey {
    if (id < 0 || id >= this.size) throw new RangeError(`service key ${id} is not one of ${this.size}`);
    const name = (nameId: number): string => this.names[nameId] ?? '';
    return {
      srcNs: name(this.srcNs(id)),
      srcService: name(this.srcService(id)),
      dstNs: name(this.dstNs(id)),
      dstService: name(this.dstService(id)),
      protocol: name(this.protocol(id)),
      dstPort: this.dstPort(id),
    };
  }
}
