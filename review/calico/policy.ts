import type { KubernetesObject } from '../kubernetes/object';
import {
  asFields,
  asList,
  asText,
  asTexts,
  at,
  hasUnknown,
  isVoid,
  same,
  without,
  type Fields,
  type Value,
} from '../value';

/** A NetworkPolicy or GlobalNetworkPolicy of Calico, taken apart so that two can be compared. */
export interface CalicoPolicy {
  readonly types: readonly string[];
  readonly ingress: readonly CalicoRule[];
  readonly egress: readonly CalicoRule[];
  /** Which endpoints it applies to, as one text. */
  readonly selects: string;
  /** Tier and order. */
  readonly rank: string;
}

export interface CalicoRule {
  readonly action: 'Allow' | 'Deny' | 'Log' | 'Pass' | 'unknown';
  /** What the rule matches; no members = everything. */
  readonly match: Fields;
}

/** Whether the object is a policy that Calico enforces (staged ones are not). */
export function isCalicoPolicy(object: KubernetesObject): boolean {
  return (
    /(^|\.)projectcalico\.org$/.test(object.group) &&
    (object.kind === 'NetworkPolicy' || object.kind === 'GlobalNetworkPolicy')
  );
}

export function calicoPolicy(object: KubernetesObject): CalicoPolicy {
  const spec = asFields(object.body['spec']);
  const [ingress, egress] = [rules(spec['ingress']), rules(spec['egress'])];
  const types = asTexts(spec['types']);
  return {
    types: types.length > 0 ? types : defaultTypes(spec),
    ingress,
    egress,
    selects: ['selector', 'namespaceSelector', 'serviceAccountSelector']
      .map((key) => `${key} ${asText(spec[key]) ?? 'all()'}`)
      .join(', '),
    rank: `tier ${asText(spec['tier']) ?? 'default'}, order ${JSON.stringify(spec['order'] ?? null)}`,
  };
}

// As Calico fills it in: Ingress unless there are egress rules only.
function defaultTypes(spec: Fields): readonly string[] {
  const [hasIngress, hasEgress] = [!isVoid(spec['ingress']), !isVoid(spec['egress'])];
  if (hasEgress) return hasIngress ? ['Ingress', 'Egress'] : ['Egress'];
  return ['Ingress'];
}

function rules(value: Value | undefined): CalicoRule[] {
  return asList(value).map((each) => {
    const action = at(each, 'action');
    const match = without(asFields(each), 'action', 'metadata');
    const known = ['Allow', 'Deny', 'Log', 'Pass'] as const;
    return {
      action: known.find((name) => name.toLowerCase() === (asText(action) ?? '').toLowerCase()) ?? 'unknown',
      match: Object.fromEntries(Object.entries(match).filter(([, inner]) => !isVoid(inner))),
    };
  });
}

/** Whether a rule matches all traffic. */
export function matchesAll(rule: CalicoRule): boolean {
  return isVoid(rule.match);
}

/** Whether the list only watches: it lets everything through, whatever it logs. */
export function onlyObserves(list: readonly CalicoRule[]): boolean {
  const deciding = list.find((rule) => rule.action !== 'Log');
  return deciding?.action === 'Allow' && matchesAll(deciding);
}

/** Whether the list can drop traffic: what it does not allow is dropped at its end. */
export function enforces(list: readonly CalicoRule[]): boolean {
  for (const rule of list) {
    if (rule.action === 'Deny' || rule.action === 'unknown') return true;
    if ((rule.action === 'Allow' || rule.action === 'Pass') && matchesAll(rule)) return false;
  }
  return true;
}

/** Rules of `after` that `before` has nothing for: neither the same nor, for the same action, a wider one. */
export function newRules(before: readonly CalicoRule[], after: readonly CalicoRule[]): readonly CalicoRule[] {
  return after.filter(
    (rule) => !before.some((old) => old.action === rule.action && matchCovers(old.match, rule.match)),
  );
}

function matchCovers(wide: Fields, narrow: Fields): boolean {
  if (hasUnknown(narrow)) return false;
  return Object.entries(wide).every(([key, value]) => {
    const other = narrow[key];
    if (key === 'source' || key === 'destination') return matchCovers(asFields(value), asFields(other));
    return same(value, other);
  });
}

/** `Allow TCP to ports 53 of k8s-app == "kube-dns"`, shortened to what identifies a rule. */
export function describeRule(rule: CalicoRule): string {
  if (matchesAll(rule)) return `${rule.action} everything`;
  const side = (key: 'source' | 'destination', word: string): string => {
    const entity = asFields(rule.match[key]);
    if (isVoid(entity)) return '';
    const terms = Object.entries(entity).map(([name, value]) => `${name} ${compact(value)}`);
    return ` ${word} ${terms.join(', ')}`;
  };
  const protocol = rule.match['protocol'] === undefined ? '' : ` ${compact(rule.match['protocol'])}`;
  return `${rule.action}${protocol}${side('source', 'from')}${side('destination', 'to')}`;
}

function compact(value: Value): string {
  if (typeof value === 'string') return value;
  const list = asList(value);
  if (list.length > 0) return list.map((each) => compact(each)).join('/');
  return typeof value === 'symbol' ? '(known after apply)' : JSON.stringify(value);
}

/** Whether two policies put their rules in another order. */
export function reordered(before: readonly CalicoRule[], after: readonly CalicoRule[]): boolean {
  const text = (list: readonly CalicoRule[]): string[] =>
    list.map((rule) => `${rule.action} ${JSON.stringify(at(rule.match) ?? null)}`);
  const [from, to] = [text(before), text(after)];
  return from.join('\n') !== to.join('\n') && [...from].sort().join('\n') === [...to].sort().join('\n');
}
