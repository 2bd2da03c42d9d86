import {
  DEFAULT_SERVICES_PER_PAIR,
  KeySpace,
  type KeyLimits,
  type KnownServices,
  type Tally,
} from './key-space';

/** Pairs with fewer services than this part of their bound are not carried from one space to the next. */
const CARRIED_PART = 1 / 16;

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
    if (this.#space.crowded) {
      const from = carriedFrom(this.limits);
      this.#space = this.#begin({ services: this.#space.services(from), from });
    }
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

/** Services of a namespace pair from which on they are carried into a new space. */
export function carriedFrom({ maxServicesPerPair = DEFAULT_SERVICES_PER_PAIR }: KeyLimits): number {
  return Math.max(1, Math.floor(maxServicesPerPair * CARRIED_PART));
}
