import { destroyed } from '../changes';
import { nameOf, objectOf } from '../kubernetes/object';
import { policyEffects } from '../kubernetes/policy-effects';
import { isGone } from '../kubernetes/namespace';
import type { Plan, ResourceChange } from '../plan/plan';
import type { Rule } from '../rule';
import { formatPath } from '../value';
import { protectedDestroyed } from './protected-destroyed';
import { observabilityLost } from './observability-lost';

const reasons: Readonly<Record<string, string>> = {
  delete_because_no_resource_config: 'it is no longer in the configuration',
  delete_because_no_module: 'its module is no longer in the configuration',
  delete_because_wrong_repetition: 'count or for_each was added or removed',
  delete_because_count_index: 'count went down',
  delete_because_each_key: 'its key is no longer in for_each',
  delete_because_no_move_target: 'a moved block leads nowhere',
  replace_because_tainted: 'an earlier apply left it half made (tainted)',
  replace_because_cannot_update: "it can't be updated in place",
  replace_by_request: 'somebody asked for it (-replace)',
  replace_by_triggers: 'replace_triggered_by says so',
};

/** Anything that ends and that no other rule speaks of. */
export const objectDestroyed: Rule = {
  id: 'object-destroyed',
  title: 'something is deleted or replaced',
  severity: 'supervise',
  cause:
    'A resource is deleted or replaced, and no other rule reports it. A leftover of an earlier replacement (deposed) is a notice.',
  explanation: 'Between deletion and creation it is away; what it held is lost unless it lives elsewhere.',
  remedy: 'make sure that it is meant; for a rename write a `moved` block',
  *examine(plan) {
    const told = new Set([...addresses(plan, protectedDestroyed), ...addresses(plan, observabilityLost)]);
    for (const change of destroyed(plan)) {
      if (told.has(change.address) && change.deposed === undefined) continue;
      if (policyEffects(change) !== undefined) continue;
      const object = objectOf(change, 'before');
      const what = object === undefined ? change.address : nameOf(object);
      const verb = change.action === 'replace' ? 'is deleted and created again' : 'is deleted';
      const quiet = change.deposed !== undefined || isGone(plan, object?.namespace);
      yield {
        address: change.address,
        severity: quiet ? 'notice' : 'supervise',
        seen: [`${what} ${verb}${because(change)}`],
        effect: quiet
          ? undefined
          : {
              kind: 'lost',
              what: change.action === 'replace' ? `${what}, for the time of its replacement` : what,
            },
      };
    }
  },
};

function addresses(plan: Plan, rule: Rule): readonly string[] {
  return [...rule.examine(plan)].flatMap((each) => each.address ?? []);
}

function because(change: ResourceChange): string {
  if (change.deposed !== undefined) return `: a leftover (${change.deposed}) of an interrupted replacement`;
  const paths = change.replacePaths.map((path) => formatPath(path)).join(', ');
  if (paths !== '') return `: ${paths} can't be changed in place`;
  const reason = change.reason === undefined ? undefined : (reasons[change.reason] ?? change.reason);
  return reason === undefined ? '' : `: ${reason}`;
}
