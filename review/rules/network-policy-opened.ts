import { touched } from '../changes';
import { nameOf, objectOf } from '../kubernetes/object';
import { isGone } from '../kubernetes/namespace';
import { policyEffects } from '../kubernetes/policy-effects';
import type { Plan, ResourceChange } from '../plan/plan';
import type { Rule } from '../rule';

/** A network policy lets more through than before. */
export const networkPolicyOpened: Rule = {
  id: 'network-policy-opened',
  title: 'a network policy is opened',
  severity: 'refuse',
  cause:
    'A peer, a port, a selector or a whole policy of Kubernetes or Calico is widened or removed. Opened to anyone, the plan is refused; opened to somebody in particular, or removed, it is supervised.',
  explanation:
    'An empty list of peers means everyone, not nobody. One selector less can open an endpoint to the whole cluster, and no test fails when it does.',
  remedy: 'put the peer back, or name the peers that are meant',
  *examine(plan) {
    for (const change of touched(plan)) {
      const effects = policyEffects(change);
      if (effects === undefined || effects.opened.length === 0) continue;
      const name = nameOf(effects.object);
      const quiet = goesWithItsPods(plan, change);
      yield {
        address: change.address,
        severity: effects.toAnyone ? 'refuse' : quiet ? 'notice' : 'supervise',
        seen: [name, ...effects.opened],
        effect: quiet ? undefined : { kind: 'opened', what: `${name}: ${effects.opened[0] ?? ''}` },
      };
    }
  },
};

// A policy that leaves together with its namespace opens nothing.
function goesWithItsPods(plan: Plan, policy: ResourceChange): boolean {
  const leaves = policy.action === 'delete' || policy.action === 'replace';
  return leaves && isGone(plan, objectOf(policy, 'before')?.namespace);
}
