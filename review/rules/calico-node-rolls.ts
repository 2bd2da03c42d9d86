import { altersObject, operatorResource } from '../calico/custom-resource';
import { changedValues, isOn, isOperatorRelease, operatorRelease } from '../calico/operator-release';
import { objectOf } from '../kubernetes/object';
import { withoutServerFields } from '../kubernetes/live';
import { touched } from '../changes';
import type { ResourceChange } from '../plan/plan';
import type { Rule, Sighting } from '../rule';
import { UNKNOWN } from '../value';

/** Kinds of the operator whose change makes it render calico-node anew. */
const kinds = ['Goldmane', 'Installation', 'ImageSet'] as const;

/** Chart values that reach the operator itself only. */
const operatorOnly = new Set([
  'resources',
  'nodeSelector',
  'tolerations',
  'affinity',
  'podLabels',
  'podAnnotations',
  'priorityClassName',
  'calicoctl',
  'whisker',
]);

/** calico-node restarts on every node, one after the other. */
export const calicoNodeRolls: Rule = {
  id: 'calico-node-rolls',
  title: 'calico-node will roll on every node',
  severity: 'supervise',
  cause:
    'The Goldmane resource, the Installation or an ImageSet is created, changed or deleted; the operator chart changes version, or values that reach the data plane; or the calico-node DaemonSet itself is changed.',
  explanation:
    'The operator renders calico-node anew and replaces its pods node by node. A node whose calico-node does not come back has no working network for new pods.',
  remedy: 'run `trail roll check`, apply in a quiet hour, and follow it with `trail roll watch`',
  *examine(plan) {
    for (const change of touched(plan)) {
      const why = isOperatorRelease(change)
        ? releaseReason(change)
        : (resourceReason(change) ?? daemonSetReason(change));
      if (why !== undefined) yield sighting(change, why);
    }
  },
};

function sighting(change: ResourceChange, why: string): Sighting {
  return {
    address: change.address,
    seen: [why],
    effect: { kind: 'rolls', what: `calico-node on every node: ${why}` },
  };
}

function resourceReason(change: ResourceChange): string | undefined {
  const kind = kinds.find((each) => operatorResource(change, each) !== undefined);
  if (kind === undefined || !altersObject(change)) return undefined;
  const verbs = {
    create: 'is created',
    delete: 'is deleted',
    replace: 'is deleted and created again',
  } as const;
  const verb = change.action in verbs ? verbs[change.action as keyof typeof verbs] : undefined;
  return verb === undefined ? `${kind} changes: ${fields(withoutServerFields(change))}` : `${kind} ${verb}`;
}

function daemonSetReason(change: ResourceChange): string | undefined {
  const object = objectOf(change, 'before') ?? objectOf(change, 'after');
  if (object?.kind !== 'DaemonSet' || object.name !== 'calico-node' || !altersObject(change))
    return undefined;
  return `the DaemonSet calico-node itself is to be changed (${change.action})`;
}

function releaseReason(change: ResourceChange): string | undefined {
  if (change.action === 'forget') return undefined;
  const before = operatorRelease(change, 'before');
  const after = operatorRelease(change, 'after');
  if (before === undefined) {
    return after !== undefined && isOn(after, 'installation') !== false
      ? 'the operator is installed together with an Installation'
      : undefined;
  }
  if (after === undefined) return 'the operator release is deleted';
  if (change.action === 'replace') return 'the operator release is deleted and created again';
  if (after.version === UNKNOWN)
    return `Calico ${show(before.version)} → a version known only after the apply`;
  if (before.version !== after.version) return `Calico ${show(before.version)} → ${show(after.version)}`;
  const changed = changedValues(before, after);
  if (changed === undefined) return "values of the operator release can't be told from the plan";
  const reaching = changed.filter((key) => !operatorOnly.has(key));
  return reaching.length === 0 ? undefined : `values of the operator chart change: ${fields(reaching)}`;
}

function show(version: string | undefined | typeof UNKNOWN): string {
  return typeof version === 'string' ? version : '(no version)';
}

function fields(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
