import { KeySpace, type KeyLimits, type KnownServices, type Tally } from './key-space';

/** The key space that all windows of a process share, and the next one once it is crowded. */
export class KeySpaces {
  readonly #tally: Tally = { capped: 0 };
  #space: KeySpace;

  constructor(
    private readonly multiServiceNamespaces: ReadonlySet<string>,
    private readonly limits: KeyLimits = {},
  ) {
    this.#space = this.#begin({ services: [], from: 1 });
  }

  /** The space for a window that begins. */
  current(): KeySpace {
    const carried = this.#space.carry();
    if (carried !== undefined) this.#space = this.#begin(carried);
    return this.#space;
  }

  /** Begins anew from what the trail knows. */
  reset(known: KnownServices): void {
    this.#space = this.#begin(known);
  }

  /** Flows that met a bound since the last call. */
  takeCapped(): number {
    const { capped } = this.#tally;
    this.#tally.capped = 0;
    return capped;
  }

  #begin(known: KnownServices): KeySpace {
    return new KeySpace(this.multiServiceNamespaces, this.limits, known, this.#tally);
  }
}
