import { aggregator } from '../../contract';
import { operatorResource } from '../calico/custom-resource';
import { isOn, isOperatorRelease, operatorRelease } from '../calico/operator-release';
import { touched } from '../changes';
import { objectOf } from '../kubernetes/object';
import type { ResourceChange } from '../plan/plan';
import type { Rule, Sighting } from '../rule';
import { at } from '../value';

const losses = {
  Goldmane: 'Goldmane: flows are no longer collected, and the last hour is gone',
  Whisker: 'Whisker: the live view of flows',
} as const;

/** Goldmane, Whisker or the trail itself goes away. */
export const observabilityLost: Rule = {
  id: 'observability-lost',
  title: 'flows will no longer be seen',
  severity: 'supervise',
  cause:
    'Goldmane, Whisker, the aggregator or its digest is deleted, replaced, switched off in Helm, suspended, or scaled to nothing.',
  explanation:
    "Goldmane keeps one hour in memory. While it or the aggregator is away nothing is recorded, and the trail has a gap that can't be filled later.",
  remedy: 'make sure that this is meant; the trail will show the time as a gap, not as silence',
  *examine(plan) {
    for (const change of touched(plan)) {
      for (const what of isOperatorRelease(change) ? fromRelease(change) : fromObject(change))
        yield sighting(change, what);
    }
  },
};

function sighting(change: ResourceChange, what: string): Sighting {
  return { address: change.address, seen: [`lost: ${what}`], effect: { kind: 'lost', what } };
}

function fromRelease(change: ResourceChange): string[] {
  const before = operatorRelease(change, 'before');
  const after = operatorRelease(change, 'after');
  if (before === undefined || change.action === 'forget') return [];
  return (['goldmane', 'whisker'] as const)
    .filter((each) => isOn(before, each) === true && (after === undefined || isOn(after, each) === false))
    .map((each) => (each === 'goldmane' ? losses.Goldmane : losses.Whisker));
}

function fromObject(change: ResourceChange): string[] {
  const gone = change.action === 'delete' || change.action === 'replace';
  for (const kind of ['Goldmane', 'Whisker'] as const) {
    if (gone && operatorResource(change, kind) !== undefined) return [losses[kind]];
  }
  const before = objectOf(change, 'before');
  const after = objectOf(change, 'after');
  if (before?.kind === 'Deployment' && before.name === aggregator.deployment) {
    const replicas = at(after?.body, 'spec', 'replicas');
    const stopped = change.action === 'update' && (replicas === 0 || replicas === '0');
    if (gone || stopped) return [`the aggregator ${before.name}: flows are no longer recorded`];
  }
  if (before?.kind === 'CronJob' && before.name === aggregator.digest) {
    const suspended =
      at(after?.body, 'spec', 'suspend') === true && at(before.body, 'spec', 'suspend') !== true;
    if (change.action === 'delete' || suspended)
      return [`the digest ${before.name}: nobody is told of new edges`];
  }
  return [];
}
