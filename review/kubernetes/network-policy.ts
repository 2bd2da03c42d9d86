import { labelsOf, type KubernetesObject } from './object';
import { covers } from './cidr';
import {
  asFields,
  asList,
  asText,
  asTexts,
  at,
  hasUnknown,
  isFields,
  type Fields,
  type Value,
} from '../value';

/** What a networking.k8s.io NetworkPolicy lets through, taken apart so that two can be compared. */
export interface AllowedTraffic {
  readonly podSelector: Fields;
  /** Undefined where the policy does not restrict that direction. */
  readonly ingress: readonly Allowance[] | undefined;
  readonly egress: readonly Allowance[] | undefined;
}

/** One peer on one port. */
export interface Allowance {
  /** Undefined = anyone. */
  readonly peer: Fields | undefined;
  /** Undefined = every port. */
  readonly port: PortRange | undefined;
}

interface PortRange {
  readonly protocol: string;
  /** A number or a name; undefined = all ports of the protocol. */
  readonly from: number | string | undefined;
  readonly to: number | string | undefined;
}

export type Direction = 'ingress' | 'egress';

/** Whether the object is a NetworkPolicy of Kubernetes itself (Calico has one of the same kind). */
export function isNetworkPolicy(object: KubernetesObject): boolean {
  return object.kind === 'NetworkPolicy' && object.group === 'networking.k8s.io';
}

export function allowedTraffic(policy: KubernetesObject): AllowedTraffic {
  const spec = asFields(policy.body['spec']);
  const types = asTexts(spec['policyTypes']);
  const egress = asList(spec['egress']);
  // Without policyTypes a policy restricts ingress always, egress where it has egress rules.
  const restricts = (type: string, otherwise: boolean): boolean =>
    types.length === 0 ? otherwise : types.includes(type);
  return {
    podSelector: asFields(spec['podSelector']),
    ingress: restricts('Ingress', true) ? allowances(asList(spec['ingress']), 'from') : undefined,
    egress: restricts('Egress', egress.length > 0) ? allowances(egress, 'to') : undefined,
  };
}

function allowances(rules: readonly Value[], peers: 'from' | 'to'): Allowance[] {
  return rules.flatMap((rule): Allowance[] => {
    const who = asList(at(rule, peers));
    const ports = asList(at(rule, 'ports'));
    const each = who.length === 0 ? [undefined] : who.map(asFields);
    return each.flatMap((peer): Allowance[] =>
      ports.length === 0
        ? [{ peer, port: undefined }]
        : ports.map((port) => ({ peer, port: portRange(port) })),
    );
  });
}

function portRange(port: Value): PortRange {
  const from = portNumber(at(port, 'port'));
  const end = portNumber(at(port, 'endPort'));
  return {
    protocol: asText(at(port, 'protocol')) ?? 'TCP',
    from,
    to: typeof end === 'number' && end > 0 ? end : from,
  };
}

function portNumber(value: Value | undefined): number | string | undefined {
  if (typeof value === 'number') return value;
  const text = asText(value);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

/** Allowances of `after` that no allowance of `before` covers. */
export function added(before: readonly Allowance[], after: readonly Allowance[]): readonly Allowance[] {
  return after.filter(
    (each) => !before.some((old) => peerCovers(old.peer, each.peer) && portCovers(old.port, each.port)),
  );
}

/** Whether an allowance lets in (or out to) practically anyone. */
export function isAnyone({ peer }: Allowance): boolean {
  if (peer === undefined) return true;
  const cidr = asText(at(peer, 'ipBlock', 'cidr'));
  if (cidr !== undefined) return cidr.endsWith('/0');
  const everywhere = isFields(peer['namespaceSelector']) && isEmptySelector(peer['namespaceSelector']);
  return everywhere && (peer['podSelector'] === undefined || isEmptySelector(peer['podSelector']));
}

function peerCovers(wide: Fields | undefined, narrow: Fields | undefined): boolean {
  if (wide === undefined) return true;
  // What is not known before the apply is covered by nothing.
  if (narrow === undefined || hasUnknown(narrow)) return false;
  const block = at(wide, 'ipBlock');
  if (block !== undefined) return blockCovers(block, at(narrow, 'ipBlock'));
  if (at(narrow, 'ipBlock') !== undefined) return false;
  return (
    namespacesCover(wide['namespaceSelector'], narrow['namespaceSelector']) &&
    (wide['podSelector'] === undefined || selectorCovers(wide['podSelector'], narrow['podSelector'] ?? {}))
  );
}

// No namespace selector means the policy's own namespace, not all of them.
function namespacesCover(wide: Value | undefined, narrow: Value | undefined): boolean {
  if (wide === undefined) return narrow === undefined;
  if (isEmptySelector(wide)) return true;
  return narrow !== undefined && selectorCovers(wide, narrow);
}

function blockCovers(wide: Value, narrow: Value | undefined): boolean {
  const [outer, inner] = [asText(at(wide, 'cidr')), asText(at(narrow, 'cidr'))];
  if (outer === undefined || inner === undefined || !covers(outer, inner)) return false;
  // Every hole of the wide block must be a hole of the narrow one as well.
  const holes = asTexts(at(narrow, 'except'));
  return asTexts(at(wide, 'except')).every(
    (hole) => holes.some((each) => covers(each, hole)) || disjoint(hole, inner),
  );
}

function disjoint(a: string, b: string): boolean {
  return !covers(a, b) && !covers(b, a);
}

function portCovers(wide: PortRange | undefined, narrow: PortRange | undefined): boolean {
  if (wide === undefined) return true;
  if (wide.protocol !== narrow?.protocol) return false;
  if (wide.from === undefined) return true;
  if (typeof wide.from === 'number' && typeof narrow.from === 'number') {
    return wide.from <= narrow.from && Number(narrow.to) <= Number(wide.to);
  }
  return wide.from === narrow.from;
}

/** Whether every pod (or namespace) that `narrow` selects is selected by `wide`: more terms select less. */
export function selectorCovers(wide: Value | undefined, narrow: Value | undefined): boolean {
  const labels = labelsOf(at(narrow, 'matchLabels'));
  const everyLabel = Object.entries(labelsOf(at(wide, 'matchLabels'))).every(
    ([key, value]) => labels[key] === value,
  );
  const expressions = asList(at(narrow, 'matchExpressions')).map(expression);
  return (
    everyLabel && asList(at(wide, 'matchExpressions')).every((each) => expressions.includes(expression(each)))
  );
}

function expression(value: Value): string {
  return [
    asText(at(value, 'key')),
    asText(at(value, 'operator')),
    ...[...asTexts(at(value, 'values'))].sort(),
  ].join(' ');
}

/** Whether a selector has no terms and so selects everything. */
export function isEmptySelector(selector: Value | undefined): boolean {
  return (
    !hasUnknown(selector) &&
    Object.keys(asFields(at(selector, 'matchLabels'))).length === 0 &&
    asList(at(selector, 'matchExpressions')).length === 0
  );
}

/** `namespaces kubernetes.io/metadata.name=traefik on TCP 8081`, as findings say it. */
export function describeAllowance({ peer, port }: Allowance): string {
  return `${describePeer(peer)} on ${describePort(port)}`;
}

function describePeer(peer: Fields | undefined): string {
  if (peer === undefined) return 'anyone';
  const block = asText(at(peer, 'ipBlock', 'cidr'));
  if (block !== undefined) {
    const except = asTexts(at(peer, 'ipBlock', 'except'));
    return except.length === 0 ? block : `${block} except ${except.join(', ')}`;
  }
  if (hasUnknown(peer)) return 'peers known only after the apply';
  const pods = peer['podSelector'];
  const spaces = peer['namespaceSelector'];
  const where = spaces === undefined ? 'this namespace' : `namespaces ${describeSelector(spaces)}`;
  return pods === undefined ? where : `pods ${describeSelector(pods)} of ${where}`;
}

/** `app=web,tier in (a,b)`, or `(all)`. */
export function describeSelector(selector: Value | undefined): string {
  const labels = Object.entries(labelsOf(at(selector, 'matchLabels'))).map(
    ([key, value]) => `${key}=${value}`,
  );
  const terms = [...labels, ...asList(at(selector, 'matchExpressions')).map(expression)].sort();
  return terms.length === 0 ? '(all)' : terms.join(',');
}

function describePort(port: PortRange | undefined): string {
  if (port === undefined) return 'every port';
  if (port.from === undefined) return `every ${port.protocol} port`;
  return `${port.protocol} ${port.from === port.to ? port.from : `${port.from}–${port.to ?? ''}`}`;
}
