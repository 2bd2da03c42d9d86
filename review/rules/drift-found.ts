import { isCalicoPolicy } from '../calico/policy';
import { differences } from '../kubernetes/live';
import { isNetworkPolicy } from '../kubernetes/network-policy';
import { objectOf } from '../kubernetes/object';
import { isBinding, isRole } from '../kubernetes/rbac';
import { isNoise } from '../noise';
import type { ResourceChange } from '../plan/plan';
import type { Rule } from '../rule';

/** Somebody or something changed an object behind Terraform's back. */
export const driftFound: Rule = {
  id: 'drift-found',
  title: 'drift: something changed outside Terraform',
  severity: 'supervise',
  cause:
    "The refresh found an object different from the state, or gone. Fields that only the server writes and empty values do not count. Policies, access rights, Calico's own resources and vanished objects are supervised, others a notice.",
  explanation:
    'Applying may undo a repair that somebody made by hand, or keep a change that nobody reviewed.',
  remedy: 'find out who changed it and why, and take it into the configuration or let the apply undo it',
  *examine(plan) {
    for (const change of plan.drift) {
      if (change.action === 'no-op') continue;
      const gone = change.action === 'delete';
      const paths = gone
        ? []
        : differences(change.before, change.after).filter((path) => !isNoise(path, change.type));
      if (!gone && paths.length === 0) continue;
      const shown = paths.slice(0, 8);
      yield {
        address: change.address,
        severity: gone || isSensitive(change) ? 'supervise' : 'notice',
        seen: gone
          ? ['the object is gone']
          : [
              `changed: ${shown.join(', ')}${paths.length > shown.length ? ` and ${paths.length - shown.length} more` : ''}`,
            ],
      };
    }
  },
};

function isSensitive(change: ResourceChange): boolean {
  const object = objectOf(change, 'after') ?? objectOf(change, 'before');
  if (object === undefined) return change.type === 'helm_release';
  if (/(^|\.)(projectcalico\.org|operator\.tigera\.io)$/.test(object.group)) return true;
  return (
    isNetworkPolicy(object) ||
    isCalicoPolicy(object) ||
    isRole(object) ||
    isBinding(object) ||
    object.kind === 'Secret'
  );
}
