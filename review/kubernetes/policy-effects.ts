import {
  calicoPolicy,
  describeRule,
  enforces,
  isCalicoPolicy,
  newRules,
  onlyObserves,
  reordered,
  type CalicoPolicy,
  type CalicoRule,
} from '../calico/policy';
import type { ResourceChange } from '../plan/plan';
import {
  added,
  allowedTraffic,
  describeAllowance,
  describeSelector,
  isAnyone,
  isNetworkPolicy,
  selectorCovers,
  type AllowedTraffic,
  type Direction,
} from './network-policy';
import { nameOf, objectOf, type KubernetesObject } from './object';

/** What a change of a network policy does to traffic, one line each. */
export interface PolicyEffects {
  readonly object: KubernetesObject;
  readonly opened: readonly string[];
  readonly tightened: readonly string[];
  /** Whether the opened part lets practically anyone in. */
  readonly toAnyone: boolean;
  /** Whether egress turns from watched to enforced. */
  readonly egressEnforced: boolean;
}

interface Effects {
  readonly opened: string[];
  readonly tightened: string[];
  toAnyone: boolean;
  egressEnforced: boolean;
}

const cache = new WeakMap<ResourceChange, PolicyEffects | null>();

/** What the change does to a network policy of Kubernetes or Calico; undefined where it is none. */
export function policyEffects(change: ResourceChange): PolicyEffects | undefined {
  const known = cache.get(change) ?? compute(change) ?? null;
  cache.set(change, known);
  return known ?? undefined;
}

function compute(change: ResourceChange): PolicyEffects | undefined {
  const before = objectOf(change, 'before');
  const after = objectOf(change, 'after');
  const object = after ?? before;
  if (object === undefined || change.action === 'forget') return undefined;
  const effects: Effects = { opened: [], tightened: [], toAnyone: false, egressEnforced: false };
  const compare = isNetworkPolicy(object)
    ? compareKubernetes
    : isCalicoPolicy(object)
      ? compareCalico
      : undefined;
  if (compare === undefined) return undefined;
  if (before?.name === after?.name && before?.namespace === after?.namespace) compare(before, after, effects);
  else {
    // Another name is another policy: one goes, one comes.
    compare(before, undefined, effects);
    compare(undefined, after, effects);
  }
  return { object, ...effects };
}

function compareKubernetes(
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
  effects: Effects,
): void {
  const from = before === undefined ? undefined : allowedTraffic(before);
  const to = after === undefined ? undefined : allowedTraffic(after);
  if (from === undefined || to === undefined) {
    if (from !== undefined) {
      effects.opened.push(
        `${before === undefined ? '' : nameOf(before)} is removed: pods ${describeSelector(from.podSelector)} are open where no other policy selects them`,
      );
    }
    if (to !== undefined) {
      effects.tightened.push(...restrictions(to));
      const open = (to.ingress ?? []).filter(isAnyone);
      effects.opened.push(...open.map((each) => `ingress: lets in ${describeAllowance(each)}`));
      effects.egressEnforced =
        to.egress !== undefined &&
        !to.egress.some((each) => each.peer === undefined && each.port === undefined);
    }
    return;
  }
  compareSelectors(from, to, effects);
  for (const direction of ['ingress', 'egress'] as const) compareDirection(direction, from, to, effects);
}

function restrictions(to: AllowedTraffic): string[] {
  const directions = (['ingress', 'egress'] as const).filter((each) => to[each] !== undefined);
  const pods = describeSelector(to.podSelector);
  return directions.map((each) => {
    const allowed = (to[each] ?? []).map(describeAllowance);
    return `${each}: pods ${pods} are restricted to ${allowed.length === 0 ? 'nothing' : allowed.join('; ')}`;
  });
}

function compareSelectors(from: AllowedTraffic, to: AllowedTraffic, effects: Effects): void {
  const change = `pod selector ${describeSelector(from.podSelector)} → ${describeSelector(to.podSelector)}`;
  const wider = selectorCovers(to.podSelector, from.podSelector);
  const narrower = selectorCovers(from.podSelector, to.podSelector);
  // Pods that are no longer selected are open; pods that are newly selected get what the policy allows.
  if (!wider) effects.opened.push(`${change}: pods that it selected are no longer restricted`);
  if (!narrower) effects.tightened.push(`${change}: more pods are restricted`);
}

function compareDirection(
  direction: Direction,
  from: AllowedTraffic,
  to: AllowedTraffic,
  effects: Effects,
): void {
  const [before, after] = [from[direction], to[direction]];
  if (before === undefined && after === undefined) return;
  if (after === undefined) {
    effects.opened.push(`${direction}: no longer restricted at all`);
    effects.toAnyone ||= direction === 'ingress';
    return;
  }
  if (before === undefined) {
    effects.tightened.push(`${direction}: restricted from now on`);
    effects.egressEnforced ||= direction === 'egress';
    return;
  }
  const word = direction === 'ingress' ? 'lets in' : 'lets out to';
  const more = added(before, after);
  effects.opened.push(...more.map((each) => `${direction}: ${word} ${describeAllowance(each)}`));
  effects.toAnyone ||= direction === 'ingress' && more.some(isAnyone);
  const less = added(after, before);
  effects.tightened.push(...less.map((each) => `${direction}: no longer ${word} ${describeAllowance(each)}`));
  const observed = before.some((each) => each.peer === undefined && each.port === undefined);
  effects.egressEnforced ||= direction === 'egress' && observed && less.length > 0;
}

function compareCalico(
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
  effects: Effects,
): void {
  const from = before === undefined ? undefined : calicoPolicy(before);
  const to = after === undefined ? undefined : calicoPolicy(after);
  if (from !== undefined && to !== undefined) {
    if (from.selects !== to.selects) {
      effects.opened.push(`selects other endpoints: ${from.selects} → ${to.selects}`);
      effects.tightened.push(`selects other endpoints: ${from.selects} → ${to.selects}`);
    }
    if (from.rank !== to.rank) effects.opened.push(`is evaluated elsewhere: ${from.rank} → ${to.rank}`);
  }
  for (const direction of ['ingress', 'egress'] as const)
    compareCalicoDirection(direction, from, to, effects);
}

function compareCalicoDirection(
  direction: Direction,
  from: CalicoPolicy | undefined,
  to: CalicoPolicy | undefined,
  effects: Effects,
): void {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const before = from?.types.includes(type) === true ? from[direction] : undefined;
  const after = to?.types.includes(type) === true ? to[direction] : undefined;
  if (after === undefined) {
    if (before !== undefined && enforces(before))
      effects.opened.push(`${direction}: what it denied is no longer denied`);
    return;
  }
  if (before === undefined) {
    if (enforces(after)) {
      effects.tightened.push(`${direction}: restricted from now on to what its ${after.length} rules allow`);
      effects.egressEnforced ||= direction === 'egress';
    }
    const anyone = after.filter(
      (rule) => rule.action === 'Allow' && direction === 'ingress' && openToAll(rule),
    );
    effects.opened.push(...anyone.map((rule) => `${direction}: ${describeRule(rule)}`));
    return;
  }
  const appeared = newRules(before, after);
  const vanished = newRules(after, before);
  const opening = [...pick(appeared, 'Allow', 'Pass')];
  effects.opened.push(...opening.map((rule) => `${direction}: new rule ${describeRule(rule)}`));
  effects.opened.push(
    ...pick(vanished, 'Deny', 'unknown').map((rule) => `${direction}: dropped rule ${describeRule(rule)}`),
  );
  effects.toAnyone ||= direction === 'ingress' && opening.some(openToAll);
  effects.tightened.push(
    ...pick(appeared, 'Deny', 'unknown').map((rule) => `${direction}: new rule ${describeRule(rule)}`),
  );
  effects.tightened.push(
    ...pick(vanished, 'Allow', 'Pass').map((rule) => `${direction}: dropped rule ${describeRule(rule)}`),
  );
  if (reordered(before, after))
    effects.opened.push(`${direction}: its rules come in another order; the first match decides`);
  effects.egressEnforced ||= direction === 'egress' && onlyObserves(before) && enforces(after);
}

function pick(
  rules: readonly CalicoRule[],
  ...actions: readonly CalicoRule['action'][]
): readonly CalicoRule[] {
  return rules.filter((rule) => actions.includes(rule.action));
}

function openToAll(rule: CalicoRule): boolean {
  return rule.match['source'] === undefined;
}
