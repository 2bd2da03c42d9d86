import type { Plan, ResourceChange } from './plan/plan';

/** Changes that end an object: deleted, or deleted and made anew. */
export function destroyed(plan: Plan): readonly ResourceChange[] {
  return plan.changes.filter(
    (change) => change.mode === 'managed' && (change.action === 'delete' || change.action === 'replace'),
  );
}

/** Changes after which an object is new or different. */
export function written(plan: Plan): readonly ResourceChange[] {
  return plan.changes.filter((change) => change.mode === 'managed' && writes(change));
}

/** Every managed object that the plan touches in any way. */
export function touched(plan: Plan): readonly ResourceChange[] {
  return plan.changes.filter((change) => change.mode === 'managed' && change.action !== 'no-op');
}

export function writes(change: ResourceChange): boolean {
  return change.action === 'create' || change.action === 'update' || change.action === 'replace';
}
