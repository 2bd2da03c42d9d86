import { written } from '../changes';
import { nameOf, objectOf, type KubernetesObject } from '../kubernetes/object';
import {
  bindingPower,
  describePermissions,
  isBinding,
  isRole,
  newPermissions,
  permissionsOf,
  powerOf,
  roleOf,
  subjectsOf,
} from '../kubernetes/rbac';
import type { ResourceChange } from '../plan/plan';
import type { Rule, Severity, Sighting } from '../rule';

/** Somebody may do more than before. */
export const rbacWidened: Rule = {
  id: 'rbac-widened',
  title: 'access rights are widened',
  severity: 'refuse',
  cause:
    'A role gains verbs, resources or names, or a binding gains subjects or another role. Wildcards, all secrets, rights to grant rights, cluster-admin and bindings to everybody are refused; other additions are supervised; a new role without such rights is a notice.',
  explanation:
    'Whoever takes over a pod has the rights of its service account. A wildcard grows by itself with every new API.',
  remedy: 'name the verbs, the resources and, for secrets, the names that are needed',
  *examine(plan) {
    for (const change of written(plan)) {
      const after = objectOf(change, 'after');
      if (after === undefined) continue;
      const before = objectOf(change, 'before');
      const sighting = isRole(after)
        ? role(before, after, change)
        : isBinding(after)
          ? binding(before, after, change)
          : undefined;
      if (sighting !== undefined) yield sighting;
    }
  },
};

function role(
  before: KubernetesObject | undefined,
  after: KubernetesObject,
  change: ResourceChange,
): Sighting | undefined {
  const gained = newPermissions(permissionsOf(before), permissionsOf(after));
  if (gained.length === 0) return undefined;
  const powers = [...new Set(gained.map(powerOf).filter((each) => each !== undefined))].sort();
  const secrets = gained.some((each) => each.resource === 'secrets');
  const severity: Severity =
    powers.length > 0 ? 'refuse' : before !== undefined || secrets ? 'supervise' : 'notice';
  const verb = before === undefined ? 'grants' : 'gains';
  return {
    address: change.address,
    severity,
    seen: [
      `${nameOf(after)} ${verb}:`,
      ...describePermissions(gained).map((line) => `  ${line}`),
      ...powers.map(
        (power) =>
          `that ${power.includes(' ') && /^(lets|reads|runs|takes|grants)/.test(power) ? power : `is ${power}`}`,
      ),
    ],
    effect:
      severity === 'notice'
        ? undefined
        : { kind: 'opened', what: `${nameOf(after)} ${verb} ${describePermissions(gained)[0] ?? ''}` },
  };
}

function binding(
  before: KubernetesObject | undefined,
  after: KubernetesObject,
  change: ResourceChange,
): Sighting | undefined {
  const [from, to] = [roleOf(before), roleOf(after)];
  const known = subjectsOf(before);
  const sameRole = before !== undefined && from === to;
  const gained = subjectsOf(after).filter((each) => !sameRole || !known.includes(each));
  if (gained.length === 0) return undefined;
  const power = bindingPower(to, gained);
  return {
    address: change.address,
    severity: power !== undefined ? 'refuse' : before === undefined ? 'notice' : 'supervise',
    seen: [`${nameOf(after)} gives ${to} to ${gained.join(', ')}`, ...(power === undefined ? [] : [power])],
    effect: power === undefined ? undefined : { kind: 'opened', what: `${to} for ${gained.join(', ')}` },
  };
}
