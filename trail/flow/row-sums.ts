import { ACTIONS } from './action';

const NUMBERS = 4;

/**
 * Sums of one window by row: service key id and action rank, of whichever table the ids come from. Keeps its
 * memory from one window to the next.
 */
export class RowSums {
  size = 0;
  /** Row of each service key id × verdict, + 1; 0 = none. */
  #rowOf = new Int32Array(1024);
  #codes = new Int32Array(256);
  #numbers = new Float64Array(256 * NUMBERS);

  add(
    key: number,
    rank: number,
    flows: number,
    connections: number,
    bytesOut: number,
    bytesIn: number,
  ): void {
    const code = key * ACTIONS.length + rank;
    if (code >= this.#rowOf.length) this.#rowOf = grown(this.#rowOf, code + 1, Int32Array);
    let row = (this.#rowOf[code] ?? 0) - 1;
    if (row < 0) row = this.#add(code);
    const numbers = this.#numbers;
    const at = row * NUMBERS;
    numbers[at] = (numbers[at] ?? 0) + flows;
    numbers[at + 1] = (numbers[at + 1] ?? 0) + connections;
    numbers[at + 2] = (numbers[at + 2] ?? 0) + bytesOut;
    numbers[at + 3] = (numbers[at + 3] ?? 0) + bytesIn;
  }

  addAll(other: RowSums): void {
    for (let row = 0; row < other.size; row++) {
      this.add(
        other.key(row),
        other.rank(row),
        other.flows(row),
        other.connections(row),
        other.bytesOut(row),
        other.bytesIn(row),
      );
    }
  }

  clear(): void {
    for (let row = 0; row < this.size; row++) this.#rowOf[this.#codes[row] ?? 0] = 0;
    this.#numbers.fill(0, 0, this.size * NUMBERS);
    this.size = 0;
  }

  /** All rows, ordered by key and verdict: the same sums give the same order, whatever came first. */
  ordered(): Int32Array {
    const order = this.#codes.slice(0, this.size).sort();
    for (let at = 0; at < order.length; at++) order[at] = (this.#rowOf[order[at] ?? 0] ?? 0) - 1;
    return order;
  }

  key(row: number): number {
    return Math.floor((this.#codes[row] ?? 0) / ACTIONS.length);
  }

  rank(row: number): number {
    return (this.#codes[row] ?? 0) % ACTIONS.length;
  }

  flows(row: number): number {
    return this.#numbers[row * NUMBERS] ?? 0;
  }

  connections(row: number): number {
    return this.#numbers[row * NUMBERS + 1] ?? 0;
  }

  bytesOut(row: number): number {
    return this.#numbers[row * NUMBERS + 2] ?? 0;
  }

  bytesIn(row: number): number {
    return this.#numbers[row * NUMBERS + 3] ?? 0;
  }

  #add(code: number): number {
    const row = this.size++;
    if (row >= this.#codes.length) {
      this.#codes = grown(this.#codes, row + 1, Int32Array);
      this.#numbers = grown(this.#numbers, (row + 1) * NUMBERS, Float64Array);
    }
    this.#codes[row] = code;
    this.#rowOf[code] = row + 1;
    return row;
  }
}

/** A copy with room for at least `length` numbers. */
export function grown<T extends Int32Array | Float64Array | Uint8Array>(
  array: T,
  length: number,
  type: new (length: number) => T,
): T {
  const larger = new type(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}
