import type { Plan, ResourceChange } from '../plan/plan';
import { objectOf, type Side } from './object';

interface Fates {
  readonly fresh: ReadonlySet<string>;
  readonly gone: ReadonlySet<string>;
}

const cache = new WeakMap<Plan, Fates>();

function fatesOf(plan: Plan): Fates {
  const known = cache.get(plan);
  if (known !== undefined) return known;
  const [fresh, gone] = [new Set<string>(), new Set<string>()];
  for (const change of plan.changes) {
    if (!/namespace|manifest/.test(change.type) || change.action === 'no-op') continue;
    const [before, after] = [nameOf(change, 'before'), nameOf(change, 'after')];
    const { action } = change;
    if (before !== undefined && (action === 'delete' || action === 'replace')) gone.add(before);
    if (after !== undefined && (action === 'create' || action === 'replace')) fresh.add(after);
  }
  cache.set(plan, { fresh, gone });
  return { fresh, gone };
}

function nameOf(change: ResourceChange, side: Side): string | undefined {
  const object = objectOf(change, side);
  return object?.kind === 'Namespace' ? object.name : undefined;
}

/** Whether the plan creates that namespace: nothing runs in it yet. */
export function isNew(plan: Plan, namespace: string | undefined): boolean {
  return namespace !== undefined && fatesOf(plan).fresh.has(namespace);
}

/** Whether the plan deletes that namespace: nothing will run in it. */
export function isGone(plan: Plan, namespace: string | undefined): boolean {
  return namespace !== undefined && fatesOf(plan).gone.has(namespace);
}
