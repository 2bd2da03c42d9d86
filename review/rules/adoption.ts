import { altersObject } from '../calico/custom-resource';
import { changedValues, isOperatorRelease, operatorRelease } from '../calico/operator-release';
import { objectOf } from '../kubernetes/object';
import { withoutServerFields } from '../kubernetes/live';
import { releaseSettingsThatDiffer } from '../kubernetes/helm-settings';
import type { ResourceChange } from '../plan/plan';
import type { Rule } from '../rule';
import { UNKNOWN } from '../value';

/** What exists already comes under Terraform. */
export const adoption: Rule = {
  id: 'adoption',
  title: 'something that exists is imported',
  severity: 'supervise',
  cause:
    'An import block. Where the plan proves from live values and version that nothing changes, it is a notice; where the import also changes something, or nothing proves that it does not, it is supervised.',
  explanation:
    'An import that plans an update may still change nothing: Helm does not record everything that Terraform compares, and manifests only shed fields of the server.',
  remedy: 'compare what is planned with what is live until the import changes nothing',
  *examine(plan) {
    for (const change of plan.changes) {
      if (change.importing === undefined) continue;
      const altered = alterations(change);
      const id = change.importing ?? '(an id known only after the apply)';
      yield {
        address: change.address,
        severity: altered.length === 0 && change.importing !== null ? 'notice' : 'supervise',
        seen:
          altered.length === 0
            ? [`${id}: nothing live changes`]
            : [`${id}: the import also changes`, ...altered.map((each) => `  ${each}`)],
        effect: {
          kind: 'adopted',
          what: `${id}${altered.length === 0 ? ', nothing live changes' : ', with changes'}`,
        },
      };
    }
  },
};

function alterations(change: ResourceChange): readonly string[] {
  if (change.action === 'no-op') return [];
  if (change.action !== 'update')
    return [`it is to be ${change.action === 'replace' ? 'destroyed and created again' : change.action}`];
  if (isOperatorRelease(change)) return releaseAlterations(change);
  if (change.type === 'helm_release') return ['a Helm release: what its values change is not known'];
  if (objectOf(change, 'after') === undefined) return ["an object that can't be compared"];
  return altersObject(change) ? withoutServerFields(change).slice(0, 10) : [];
}

function releaseAlterations(change: ResourceChange): readonly string[] {
  const before = operatorRelease(change, 'before');
  const after = operatorRelease(change, 'after');
  if (before === undefined || after === undefined) return ['the chart'];
  const version =
    before.version === after.version && after.version !== UNKNOWN
      ? []
      : [`version ${String(before.version)} → ${String(after.version)}`];
  const values = changedValues(before, after) ?? ["values that can't be told from the plan"];
  return [...version, ...values.map((each) => `values: ${each}`), ...releaseSettingsThatDiffer(change)];
}
