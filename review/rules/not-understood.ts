import { manifestProblem } from '../kubernetes/object';
import type { Rule } from '../rule';

/** Something in the plan has no meaning to this program, so nobody has judged it. */
export const notUnderstood: Rule = {
  id: 'not-understood',
  title: "something can't be judged",
  severity: 'refuse',
  cause:
    'An action that this program does not know, or a Kubernetes manifest that is not one YAML object. A manifest known only after the apply is supervised.',
  explanation: "A review that skips what it can't read would call it harmless.",
  remedy: 'correct the manifest, or review this resource by hand and acknowledge it',
  *examine(plan) {
    for (const change of plan.changes) {
      if (change.action === 'unrecognized') {
        yield { address: change.address, seen: [`unknown action: ${change.actions.join(', ')}`] };
      }
      if (change.action === 'no-op' || change.mode !== 'managed') continue;
      const problem = manifestProblem(change, 'after') ?? manifestProblem(change, 'before');
      if (problem === undefined) continue;
      yield {
        address: change.address,
        severity: problem.includes('after the apply') ? 'supervise' : 'refuse',
        seen: [problem],
      };
    }
  },
};
