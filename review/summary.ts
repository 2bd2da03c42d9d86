import { nameOf, objectOf } from './kubernetes/object';
import type { Mask } from './mask';
import type { Action, Plan, ResourceChange } from './plan/plan';
import type { Finding } from './review';

/** What a person reads first. */
export interface Summary {
  /** What restarts on nodes. */
  readonly rolls: readonly string[];
  /** Workloads whose pods are made anew. */
  readonly restarts: readonly string[];
  /** What is gone afterwards. */
  readonly lost: readonly string[];
  /** Doors that open. */
  readonly opened: readonly string[];
  /** Traffic that stops. */
  readonly cut: readonly string[];
  /** What comes under Terraform. */
  readonly adopted: readonly string[];
  /** What is created, as people name it. */
  readonly fresh: readonly string[];
  /** How many objects meet which fate; data sources do not count. */
  readonly counts: Readonly<Record<Action, number>>;
  /** Resource types of this plan with the number of objects that change, most first. */
  readonly types: readonly (readonly [string, number])[];
}

export function summarize(plan: Plan, findings: readonly Finding[], mask: Mask): Summary {
  const managed = plan.changes.filter((change) => change.mode === 'managed');
  const effects = (kind: string): string[] => [
    ...new Set(findings.flatMap((each) => (each.effect?.kind === kind ? [each.effect.what] : []))),
  ];
  const counts: Record<Action, number> = {
    'no-op': 0,
    create: 0,
    read: 0,
    update: 0,
    delete: 0,
    replace: 0,
    forget: 0,
    unrecognized: 0,
  };
  const types = new Map<string, number>();
  for (const change of managed) {
    counts[change.action] += 1;
    if (change.action !== 'no-op') types.set(change.type, (types.get(change.type) ?? 0) + 1);
  }
  return {
    rolls: effects('rolls'),
    restarts: effects('restarts'),
    lost: effects('lost'),
    opened: effects('opened'),
    cut: effects('cut'),
    adopted: effects('adopted'),
    fresh: managed.filter((change) => change.action === 'create').map((change) => mask.text(title(change))),
    counts,
    types: [...types].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)),
  };
}

function title(change: ResourceChange): string {
  const object = objectOf(change, 'after');
  return object === undefined ? change.address : nameOf(object);
}
