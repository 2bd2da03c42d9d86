import { tupleHash } from './tuple-hash';

const MIN_CAPACITY = 256;
/** Numbers of a tuple. */
const WIDTH = 6;

/**
 * Numbers distinct tuples of six 32-bit integers in the order in which they come: 0, 1, 2, … No object and no
 * string per tuple, so that a table of a hundred thousand stays small and costs the garbage collector nothing.
 */
export class TupleTable {
  /** Tuples so far; their ids are those below. */
  size = 0;
  #tuples = new Int32Array(MIN_CAPACITY * WIDTH);
  /** Id + 1 by hash; 0 = free. Twice as many as tuples fit. */
  #slots = new Int32Array(MIN_CAPACITY * 2);

  /** Id of the tuple, -1 where it is not in the table. */
  find(a: number, b = 0, c = 0, d = 0, e = 0, f = 0): number {
    return (this.#slots[this.#slotOf(a, b, c, d, e, f)] ?? 0) - 1;
  }

  /** Id of the tuple, which is added where it is new. */
  intern(a: number, b = 0, c = 0, d = 0, e = 0, f = 0): number {
    const slot = this.#slotOf(a, b, c, d, e, f);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    const id = this.size++;
    const at = id * WIDTH;
    const tuples = this.#tuples;
    tuples[at] = a;
    tuples[at + 1] = b;
    tuples[at + 2] = c;
    tuples[at + 3] = d;
    tuples[at + 4] = e;
    tuples[at + 5] = f;
    this.#slots[slot] = id + 1;
    if (this.size * WIDTH === tuples.length) this.#grow();
    return id;
  }

  /** Forgets all tuples and keeps their memory. */
  clear(): void {
    this.size = 0;
    this.#slots.fill(0);
  }

  /** Number `index` (0 to 5) of the tuple `id`. */
  at(id: number, index: number): number {
    return this.#tuples[id * WIDTH + index] ?? 0;
  }

  #slotOf(a: number, b: number, c: number, d: number, e: number, f: number): number {
    const tuples = this.#tuples;
    const mask = this.#slots.length - 1;
    let slot = tupleHash(a, b, c, d, e, f) & mask;
    for (;;) {
      const id = (this.#slots[slot] ?? 0) - 1;
      if (id < 0) return slot;
      const at = id * WIDTH;
      if (
        tuples[at] === a &&
        tuples[at + 1] === b &&
        tuples[at + 2] === c &&
        tuples[at + 3] === d &&
        tuples[at + 4] === e &&
        tuples[at + 5] === f
      ) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const tuples = new Int32Array(this.#tuples.length * 2);
    tuples.set(this.#tuples);
    this.#tuples = tuples;
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let id = 0; id < this.size; id++) {
      const at = id * WIDTH;
      const slot = this.#slotOf(
        tuples[at] ?? 0,
        tuples[at + 1] ?? 0,
        tuples[at + 2] ?? 0,
        tuples[at + 3] ?? 0,
        tuples[at + 4] ?? 0,
        tuples[at + 5] ?? 0,
      );
      this.#slots[slot] = id + 1;
    }
  }
}
