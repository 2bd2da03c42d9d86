import { touched } from '../changes';
import { isNew } from '../kubernetes/namespace';
import { nameOf } from '../kubernetes/object';
import { policyEffects } from '../kubernetes/policy-effects';
import type { Rule } from '../rule';

/** A network policy lets less through than before. */
export const networkPolicyTightened: Rule = {
  id: 'network-policy-tightened',
  title: 'a network policy is tightened',
  severity: 'supervise',
  cause:
    'A policy of Kubernetes or Calico is new, or loses a peer, a port or an allow rule, or selects more pods.',
  explanation:
    'Traffic that nobody thought of stops at once: a weekly job, a probe, a rotation that is due in five days.',
  remedy: 'look up who talks there (`trail edges --dst NAMESPACE`), and watch denied edges after the apply',
  *examine(plan) {
    for (const change of touched(plan)) {
      const effects = policyEffects(change);
      if (effects === undefined || effects.tightened.length === 0 || effects.egressEnforced) continue;
      const name = nameOf(effects.object);
      const fresh =
        isNew(plan, effects.object.namespace) ||
        (change.action === 'create' && isAllowOnly(effects.tightened));
      yield {
        address: change.address,
        severity: fresh ? 'notice' : 'supervise',
        seen: [name, ...effects.tightened],
        effect: fresh ? undefined : { kind: 'cut', what: `${name}: ${effects.tightened[0] ?? ''}` },
      };
    }
  },
};

// A new policy that names who gets in, in one direction, is how an allowance on top of a closed default looks.
function isAllowOnly(tightened: readonly string[]): boolean {
  return (
    tightened.length === 1 &&
    !tightened.some((line) => line.includes('restricted to nothing') || line.includes('pods (all)'))
  );
}
