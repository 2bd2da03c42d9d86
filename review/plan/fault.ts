/** A plan that can't be judged: unreadable, cut off, of an unknown format, or not a plan at all. */
export class PlanFault extends Error {
  override readonly name = 'PlanFault';

  constructor(
    /** Stable kebab-case kind, e.g. `plan-truncated`. */
    readonly code: string,
    readonly problem: string,
    /** What the user can do, an imperative sentence in lower case. */
    readonly remedy: string,
  ) {
    super(`${problem}; ${remedy}`);
  }
}
