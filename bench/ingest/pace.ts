/** A sender that falls behind catches up no more than this, milliseconds: it has bursts, not floods. */
const MAX_DEBT_MS = 50;

/** Spreads bursts of results over time. */
export class Pace {
  #due = performance.now();

  /** `perSecond`: results a second, 0 = as fast as they are taken. */
  constructor(private readonly perSecond: number) {}

  /** Waits until `results` more may be sent. */
  async next(results: number): Promise<void> {
    if (this.perSecond === 0) return;
    this.#due = Math.max(this.#due, performance.now() - MAX_DEBT_MS) + (results / this.perSecond) * 1000;
    while (performance.now() < this.#due) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
