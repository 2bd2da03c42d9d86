import type { Plan } from './plan/plan';

/**
 * How bad a finding is. `refuse`: the plan must not be applied as it is. `supervise`: somebody watches while
 * it is applied. `notice`: worth knowing, nothing to do.
 */
export type Severity = 'refuse' | 'supervise' | 'notice';

/** What the summary at the top says of a finding: which of its lines, and in which words. */
export interface Effect {
  readonly kind: 'rolls' | 'restarts' | 'lost' | 'opened' | 'cut' | 'adopted';
  readonly what: string;
}

/** One place where a rule saw something. Texts may quote the plan: they are masked before they are shown. */
export interface Sighting {
  /** Address of the resource; undefined where the plan as a whole is meant. */
  readonly address?: string | undefined;
  /** Default: the rule's own. */
  readonly severity?: Severity | undefined;
  /** What was seen, one fact a line. */
  readonly seen: readonly string[];
  /** What to do here, where that is more precise than the rule's remedy. */
  readonly remedy?: string | undefined;
  readonly effect?: Effect | undefined;
}

/** One pure question to a plan. Texts are for docs/rules.md and for whoever reads a finding at night. */
export interface Rule {
  /** Stable kebab-case name; acknowledgements and pipelines refer to it. */
  readonly id: string;
  /** A sentence without a full stop, e.g. `calico-node will roll on every node`. */
  readonly title: string;
  /** The worst that it reports. */
  readonly severity: Severity;
  /** What in a plan triggers it. */
  readonly cause: string;
  /** Why that matters. */
  readonly explanation: string;
  /** What to do, imperative. */
  readonly remedy: string;
  /** May throw: that is a finding of its own and the plan is refused. */
  readonly examine: (plan: Plan) => Iterable<Sighting>;
}
