import { touched } from '../changes';
import { isNew } from '../kubernetes/namespace';
import { nameOf } from '../kubernetes/object';
import { policyEffects } from '../kubernetes/policy-effects';
import type { Rule } from '../rule';

/** Egress that was watched is about to be dropped. */
export const egressEnforced: Rule = {
  id: 'egress-enforced',
  title: 'egress turns from observed to enforced',
  severity: 'supervise',
  cause:
    'An egress policy that let everything through (Log and Allow, or no egress rule at all) now drops what it does not name; or a new policy starts to restrict egress.',
  explanation:
    'What was not seen while observing is cut off: weekly jobs, rotations, addresses that change. Seven days of edges are the least that such a list should rest on.',
  remedy:
    'compare the list with `trail edges --src NAMESPACE`, enforce one namespace first, and watch denied edges',
  *examine(plan) {
    for (const change of touched(plan)) {
      const effects = policyEffects(change);
      if (effects?.egressEnforced !== true) continue;
      const name = nameOf(effects.object);
      // In a namespace that this plan creates nothing runs that could be cut off.
      const fresh = isNew(plan, effects.object.namespace);
      yield {
        address: change.address,
        severity: fresh ? 'notice' : 'supervise',
        seen: [name, ...effects.tightened],
        effect: fresh ? undefined : { kind: 'cut', what: `${name}: egress is enforced` },
      };
    }
  },
};
