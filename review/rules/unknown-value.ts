import { isOperatorRelease } from '../calico/operator-release';
import { written } from '../changes';
import { containersOf } from '../kubernetes/containers';
import { objectOf, type KubernetesObject } from '../kubernetes/object';
import type { ResourceChange } from '../plan/plan';
import type { Rule } from '../rule';
import {
  asFields,
  at,
  formatPath,
  hasUnknown,
  isFields,
  isList,
  UNKNOWN,
  type Path,
  type Value,
} from '../value';

/** A value that decides about safety is known only after the apply. */
export const unknownValue: Rule = {
  id: 'unknown-value',
  title: 'a value that matters is known only after the apply',
  severity: 'supervise',
  cause:
    'An image, a rule or selector of a policy, a right, a subject, a gate of an ingress, a name or namespace, the spec of a Calico resource, or a version or value of the operator release is "known after apply".',
  explanation:
    'What the plan does not show, no review can judge. Terraform will put in whatever the other resource gives.',
  remedy: 'write the value out, or apply what it comes from first and plan again',
  *examine(plan) {
    for (const change of written(plan)) {
      const places = unknownPlaces(change);
      if (places.length > 0) yield { address: change.address, seen: places.slice(0, 6) };
    }
  },
};

function unknownPlaces(change: ResourceChange): readonly string[] {
  if (isOperatorRelease(change)) {
    return ['version', 'values', 'set', 'chart', 'namespace', 'name'].filter((key) =>
      hasUnknown(at(change.after, key)),
    );
  }
  const object = objectOf(change, 'after');
  if (object === undefined || !hasUnknown(object.body)) return [];
  const images = containersOf(object)
    .filter((each) => each.image === UNKNOWN)
    .map((each) => `image of ${each.name}`);
  const metadata = asFields(object.body['metadata']);
  // A generated name is unknown by design.
  const generated = typeof metadata['generateName'] === 'string' && metadata['generateName'] !== '';
  const names = ['name', 'namespace']
    .filter((key) => metadata[key] === UNKNOWN && !(key === 'name' && generated))
    .map((key) => `metadata.${key}`);
  return [
    ...names,
    ...images,
    ...decisive(object).flatMap((path) => unknownAt(at(object.body, ...path), path)),
  ];
}

function decisive(object: KubernetesObject): readonly Path[] {
  switch (object.kind) {
    case 'NetworkPolicy':
    case 'GlobalNetworkPolicy':
    case 'Goldmane':
    case 'Whisker':
    case 'Installation':
      return [['spec']];
    case 'Role':
    case 'ClusterRole':
      return [['rules']];
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return [['subjects'], ['roleRef']];
    case 'Ingress':
    case 'IngressRoute':
    case 'HTTPRoute':
      return [
        ['metadata', 'annotations'],
        ['spec', 'rules'],
        ['spec', 'routes'],
      ];
    default:
      return [];
  }
}

function unknownAt(value: Value | undefined, path: Path): readonly string[] {
  if (value === UNKNOWN) return [formatPath(path)];
  if (isList(value)) return value.flatMap((each, index) => unknownAt(each, [...path, index]));
  if (isFields(value)) return Object.entries(value).flatMap(([key, each]) => unknownAt(each, [...path, key]));
  return [];
}
