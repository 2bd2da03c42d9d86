import { isOn, isOperatorRelease, operatorRelease, type Component } from '../calico/operator-release';
import { touched } from '../changes';
import type { ResourceChange } from '../plan/plan';
import type { Rule, Sighting } from '../rule';
import { UNKNOWN } from '../value';

/** Helm takes over, or lets go of, the resources that make up the data plane. */
export const dataPlaneOwnership: Rule = {
  id: 'data-plane-ownership',
  title: 'Helm takes over or deletes the data plane',
  severity: 'refuse',
  cause:
    'Values of the operator chart switch `installation` or `apiServer` on or off for a release that exists. Each is on unless the values say `enabled: false`.',
  explanation:
    'Switched on, Helm renders its own Installation over the live one. Switched off, Helm deletes the one it owns and the operator takes networking down with it.',
  remedy:
    'set `installation.enabled` and `apiServer.enabled` to what is live; leave the Installation to the operator',
  *examine(plan) {
    for (const change of touched(plan).filter(isOperatorRelease)) yield* judge(change);
  },
};

function* judge(change: ResourceChange): Generator<Sighting> {
  const before = operatorRelease(change, 'before');
  const after = operatorRelease(change, 'after');
  if (after === undefined) return;
  for (const component of ['installation', 'apiServer'] satisfies Component[]) {
    const to = isOn(after, component);
    if (before === undefined) {
      if (to !== false) {
        yield {
          address: change.address,
          severity: 'supervise',
          seen: [`${component}.enabled is ${describe(to)} in a new release: Helm will own it`],
          remedy: 'right for a cluster without Calico only; set it to false where Calico runs already',
        };
      }
      continue;
    }
    const from = isOn(before, component);
    if (from === to && to !== UNKNOWN) continue;
    // Both hidden in the same way: nothing says that anything changes.
    const severity = to === UNKNOWN && from === UNKNOWN ? 'supervise' : 'refuse';
    yield {
      address: change.address,
      severity,
      seen: [`${component}.enabled: ${describe(from)} → ${describe(to)}`],
      effect:
        from === true && to === false && component === 'installation'
          ? { kind: 'lost', what: 'the Installation, and networking with it' }
          : undefined,
    };
  }
}

function describe(on: boolean | typeof UNKNOWN): string {
  return on === UNKNOWN ? "(can't be told from the plan)" : String(on);
}
