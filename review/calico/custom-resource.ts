import { objectOf, type KubernetesObject, type Side } from '../kubernetes/object';
import type { ResourceChange } from '../plan/plan';
import { withoutServerFields } from '../kubernetes/live';

const groups = new Set(['operator.tigera.io', 'projectcalico.org', 'crd.projectcalico.org']);

/** One of Calico's or its operator's own custom resources, or undefined. */
export function calicoResource(change: ResourceChange, side: Side): KubernetesObject | undefined {
  const object = objectOf(change, side);
  return object !== undefined && groups.has(object.group) ? object : undefined;
}

/** The operator's custom resource of that kind at either side, or undefined; `after` wins. */
export function operatorResource(change: ResourceChange, kind: string): KubernetesObject | undefined {
  const object = calicoResource(change, 'after') ?? calicoResource(change, 'before');
  return object?.group === 'operator.tigera.io' && object.kind === kind ? object : undefined;
}

/** Whether the change, applied, alters what runs: an adoption that only sheds server fields does not. */
export function altersObject(change: ResourceChange): boolean {
  if (change.action === 'no-op' || change.action === 'read' || change.action === 'forget') return false;
  if (change.action !== 'update') return true;
  return withoutServerFields(change).length > 0;
}
