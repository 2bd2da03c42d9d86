import { grown } from './row-sums';

const NUMBERS = 7;
const FLOWS = 0;
const CONNECTIONS = 1;
const BYTES_OUT = 2;
const BYTES_IN = 3;
const FIRST_SEEN = 4;
const LAST_SEEN = 5;
const SETTLED_LAST_SEEN = 6;

/** How totals change, by row id. Times in Unix seconds. */
export class Changes {
  size = 0;
  #numbers = new Float64Array(64 * NUMBERS);
  #shrunk = new Uint8Array(64);

  flows(row: number): number {
    return this.#numbers[row * NUMBERS + FLOWS] ?? 0;
  }

  connections(row: number): number {
    return this.#numbers[row * NUMBERS + CONNECTIONS] ?? 0;
  }

  bytesOut(row: number): number {
    return this.#numbers[row * NUMBERS + BYTES_OUT] ?? 0;
  }

  bytesIn(row: number): number {
    return this.#numbers[row * NUMBERS + BYTES_IN] ?? 0;
  }

  /** Start of the first window among those applied that has the row; Infinity = none has. */
  firstSeen(row: number): number {
    return this.#numbers[row * NUMBERS + FIRST_SEEN] ?? Number.POSITIVE_INFINITY;
  }

  /** End of the last window among those applied that has the row; 0 = none has. */
  lastSeen(row: number): number {
    return this.#numbers[row * NUMBERS + LAST_SEEN] ?? 0;
  }

  /** End of the last window with the row that is settled by this change; 0 = none. */
  settledLastSeen(row: number): number {
    return this.#numbers[row * NUMBERS + SETTLED_LAST_SEEN] ?? 0;
  }

  /** A window that had the row has it no more: first and last seen may have to move inwards. */
  shrunk(row: number): boolean {
    return this.#shrunk[row] === 1;
  }

  /** Rows that `wanted` picks, in order. */
  rows(wanted: (row: number) => boolean): number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.size; row++) if (wanted(row)) rows.push(row);
    return rows;
  }

  /** Forgets all rows and keeps their memory. */
  clear(): void {
    this.#numbers.fill(0, 0, this.size * NUMBERS);
    this.#shrunk.fill(0, 0, this.size);
    this.size = 0;
  }

  reserve(rows: number): void {
    if (rows * NUMBERS > this.#numbers.length) {
      this.#numbers = grown(this.#numbers, rows * NUMBERS, Float64Array);
      this.#shrunk = grown(this.#shrunk, this.#numbers.length / NUMBERS, Uint8Array);
    }
    for (; this.size < rows; this.size++)
      this.#numbers[this.size * NUMBERS + FIRST_SEEN] = Number.POSITIVE_INFINITY;
  }

  count(row: number, flows: number, connections: number, bytesOut: number, bytesIn: number): void {
    const numbers = this.#numbers;
    const at = row * NUMBERS;
    numbers[at + FLOWS] = (numbers[at + FLOWS] ?? 0) + flows;
    numbers[at + CONNECTIONS] = (numbers[at + CONNECTIONS] ?? 0) + connections;
    numbers[at + BYTES_OUT] = (numbers[at + BYTES_OUT] ?? 0) + bytesOut;
    numbers[at + BYTES_IN] = (numbers[at + BYTES_IN] ?? 0) + bytesIn;
  }

  see(row: number, firstSeen: number, lastSeen: number, settledLastSeen: number): void {
    const numbers = this.#numbers;
    const at = row * NUMBERS;
    if (firstSeen < (numbers[at + FIRST_SEEN] ?? 0)) numbers[at + FIRST_SEEN] = firstSeen;
    if (lastSeen > (numbers[at + LAST_SEEN] ?? 0)) numbers[at + LAST_SEEN] = lastSeen;
    if (settledLastSeen > (numbers[at + SETTLED_LAST_SEEN] ?? 0))
      numbers[at + SETTLED_LAST_SEEN] = settledLastSeen;
  }

  shrink(row: number): void {
    this.#shrunk[row] = 1;
  }

  /** Adds row `from` of `other` to `row` and empties it there; whether it shrank stays there. */
  take(row: number, other: Changes, from: number): void {
    this.count(row, other.flows(from), other.connections(from), other.bytesOut(from), other.bytesIn(from));
    this.see(row, other.firstSeen(from), other.lastSeen(from), other.settledLastSeen(from));
  }

  empty(row: number): void {
    this.#numbers.fill(0, row * NUMBERS, row * NUMBERS + NUMBERS);
    this.#numbers[row * NUMBERS + FIRST_SEEN] = Number.POSITIVE_INFINITY;
  }
}
