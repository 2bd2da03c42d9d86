/** Answer of a gate. What can't be seen is unknown, and unknown is not pass. */
export type GateState = 'pass' | 'fail' | 'unknown';

/** One thing that must hold before and after a roll. */
export interface Gate {
  /** Stable kebab-case name. */
  readonly id: string;
  readonly title: string;
  readonly state: GateState;
  /** What was seen, a fact a line. */
  readonly seen: readonly string[];
}

/** What a request gave: the value, or why there is none. */
export type Seen<T> = { readonly value: T } | { readonly error: string };

/** A gate over one thing that was asked for; where it was not to be seen the gate is unknown. */
export function gate<T>(
  id: string,
  title: string,
  seen: Seen<T>,
  judge: (value: T) => { readonly state: GateState; readonly seen: readonly string[] },
): Gate {
  return 'error' in seen
    ? { id, title, state: 'unknown', seen: [seen.error] }
    : { id, title, ...judge(seen.value) };
}

/** The worst of several answers: fail, then unknown. */
export function worst(gates: readonly { readonly state: GateState }[]): GateState {
  if (gates.some(({ state }) => state === 'fail')) return 'fail';
  return gates.some(({ state }) => state === 'unknown') ? 'unknown' : 'pass';
}
