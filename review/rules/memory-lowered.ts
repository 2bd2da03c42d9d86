import { isOperatorRelease, operatorRelease } from '../calico/operator-release';
import { written } from '../changes';
import { containersOf, quantity } from '../kubernetes/containers';
import { objectOf } from '../kubernetes/object';
import type { ResourceChange } from '../plan/plan';
import type { Rule, Sighting } from '../rule';
import { at, scalarText, UNKNOWN, type Value } from '../value';

/** Below this the operator has been seen to be killed while it starts (it lists everything it watches). */
const OPERATOR_MINIMUM = '512Mi';

/** Less memory than before. */
export const memoryLowered: Rule = {
  id: 'memory-lowered',
  title: 'a memory limit is lowered',
  severity: 'supervise',
  cause: `A container's memory limit or request goes down, a limit appears where there was none, or the operator gets less than ${OPERATOR_MINIMUM}.`,
  explanation:
    'A container that needs more while it starts than while it runs is killed at its next restart, not at the apply. For the operator that was 256Mi.',
  remedy: 'compare the new limit with the peak at start, not with the usual use',
  *examine(plan) {
    for (const change of written(plan)) {
      if (isOperatorRelease(change)) yield* operator(change);
      const before = new Map(containersOf(objectOf(change, 'before')).map((each) => [each.name, each]));
      for (const container of containersOf(objectOf(change, 'after'))) {
        const old = before.get(container.name);
        if (old === undefined) continue;
        for (const key of ['limits', 'requests'] as const) {
          const line = lowered(
            `${container.name}: memory ${key}`,
            old[key]['memory'],
            container[key]['memory'],
            key === 'limits',
          );
          if (line !== undefined) yield { address: change.address, seen: [line] };
        }
      }
    }
  },
};

function* operator(change: ResourceChange): Generator<Sighting> {
  const before = operatorRelease(change, 'before');
  const after = operatorRelease(change, 'after');
  if (after === undefined || after.values === UNKNOWN) return;
  const to = at(after.values, 'resources', 'limits', 'memory');
  const from =
    before === undefined || before.values === UNKNOWN
      ? undefined
      : at(before.values, 'resources', 'limits', 'memory');
  const line = before === undefined ? undefined : lowered('operator: memory limits', from, to, true);
  const amount = quantity(to);
  const small = amount !== undefined && amount < (quantity(OPERATOR_MINIMUM) ?? 0) && from !== to;
  if (line === undefined && !small) return;
  const seen = line ?? `operator: memory limits ${scalarText(to)}`;
  yield {
    address: change.address,
    seen: [
      seen,
      ...(small ? [`less than ${OPERATOR_MINIMUM}: the operator may be killed while it starts`] : []),
    ],
  };
}

function lowered(
  what: string,
  from: Value | undefined,
  to: Value | undefined,
  isLimit: boolean,
): string | undefined {
  const [a, b] = [quantity(from), quantity(to)];
  if (b === undefined) return undefined;
  if (a === undefined) return isLimit && from !== UNKNOWN ? `${what}: none → ${scalarText(to)}` : undefined;
  return b < a ? `${what} ${scalarText(from)} → ${scalarText(to)}` : undefined;
}
