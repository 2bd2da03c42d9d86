import type { Rule } from '../rule';

/** Everything is new: a fresh cluster, or the wrong state. */
export const stateEmpty: Rule = {
  id: 'state-empty',
  title: 'there is no state: everything is new',
  severity: 'supervise',
  cause:
    'The plan has no prior state and creates objects. A changed backend, workspace or state key looks just like that.',
  explanation:
    'With the wrong backend Terraform creates a second set of what exists, or fails on each of them half way.',
  remedy: 'right for a first apply only; otherwise check backend, workspace and key, and import what exists',
  *examine(plan) {
    if (plan.hasPriorState) return;
    const created = plan.changes.filter((change) => change.mode === 'managed' && change.action === 'create');
    const known = plan.changes.some((change) => change.mode === 'managed' && change.action !== 'create');
    if (created.length > 0 && !known)
      yield { seen: [`${created.length} of ${created.length} objects are created`] };
  },
};
