const MIN_SLOTS = 1024;

/**
 * A set of 64-bit ids, each given as two unsigned 32-bit halves: 8 bytes a slot, no object per id. Beyond its bound
 * it takes no more.
 */
export class IdSet {
  size = 0;
  #slots = MIN_SLOTS;
  #low = new Uint32Array(MIN_SLOTS);
  #high = new Uint32Array(MIN_SLOTS);
  #hasZero = false;

  constructor(private readonly maxSize: number) {}

  /** Adds the id; returns false where it was there already. One that finds no room is new each time. */
  add(low: number, high: number): boolean {
    if ((low | high) === 0) {
      if (this.#hasZero) return false;
      this.#hasZero = true;
      this.size++;
      return true;
    }
    const mask = this.#slots - 1;
    let slot = spread(low, high) & mask;
    while ((this.#low[slot] ?? 0) !== 0 || (this.#high[slot] ?? 0) !== 0) {
      if (this.#low[slot] === low && this.#high[slot] === high) return false;
      slot = (slot + 1) & mask;
    }
    if (this.size >= this.maxSize) return true;
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.size++;
    if (this.size * 4 > this.#slots * 3) this.#grow();
    return true;
  }

  clear(): void {
    this.size = 0;
    this.#hasZero = false;
    if (this.#slots > MIN_SLOTS * 16) {
      this.#allocate(MIN_SLOTS);
    } else {
      this.#low.fill(0);
      this.#high.fill(0);
    }
  }

  #allocate(slots: number): void {
    this.#slots = slots;
    this.#low = new Uint32Array(slots);
    this.#high = new Uint32Array(slots);
  }

  #grow(): void {
    const low = this.#low;
    const high = this.#high;
    this.#allocate(this.#slots * 2);
    const mask = this.#slots - 1;
    for (let index = 0; index < low.length; index++) {
      const eachLow = low[index] ?? 0;
      const eachHigh = high[index] ?? 0;
      if (eachLow === 0 && eachHigh === 0) continue;
      let slot = spread(eachLow, eachHigh) & mask;
      while ((this.#low[slot] ?? 0) !== 0 || (this.#high[slot] ?? 0) !== 0) slot = (slot + 1) & mask;
      this.#low[slot] = eachLow;
      this.#high[slot] = eachHigh;
    }
  }
}

// Goldmane counts its ids up from 1: spread them, or neighbours pile up.
function spread(low: number, high: number): number {
  const hash = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return (hash ^ (hash >>> 15)) >>> 0;
}
