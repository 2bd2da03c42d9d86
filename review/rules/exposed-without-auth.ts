import { calico } from '../../contract';
import { written } from '../changes';
import { labelsOf, nameOf, objectOf, type KubernetesObject } from '../kubernetes/object';
import type { ResourceChange } from '../plan/plan';
import type { Rule, Severity, Sighting } from '../rule';
import { asList, asText, at, eachLeaf, UNKNOWN, type Value } from '../value';

/** Something is reachable from outside without anybody asking who is there. */
export const exposedWithoutAuth: Rule = {
  id: 'exposed-without-auth',
  title: 'an ingress has no authentication in front',
  severity: 'refuse',
  cause:
    'An Ingress, IngressRoute or HTTPRoute is new, or loses its forward authentication; or a Service becomes a NodePort or a LoadBalancer. Refused where Whisker or Goldmane is behind it, supervised elsewhere.',
  explanation:
    'Whisker has no login of its own and shows who talks to whom in the whole cluster. The ingress is the only gate.',
  remedy:
    'add the forward-auth middleware (Traefik) or auth-url annotation (nginx); acknowledge what is meant to be public',
  *examine(plan) {
    for (const change of written(plan)) {
      const after = objectOf(change, 'after');
      const sighting = after === undefined ? undefined : judge(objectOf(change, 'before'), after, change);
      if (sighting !== undefined) yield sighting;
    }
  },
};

const routes = new Set(['Ingress', 'IngressRoute', 'HTTPRoute']);

function judge(
  before: KubernetesObject | undefined,
  after: KubernetesObject,
  change: ResourceChange,
): Sighting | undefined {
  const name = nameOf(after);
  const flowPlane = after.namespace === calico.namespace || mentions(after.body, /^(whisker|goldmane)(-|$)/);
  const severity: Severity = flowPlane ? 'refuse' : 'supervise';
  if (after.kind === 'Service' && after.group === '') {
    const type = asText(at(after.body, 'spec', 'type'));
    if (type !== 'NodePort' && type !== 'LoadBalancer') return undefined;
    if (asText(at(before?.body, 'spec', 'type')) === type) return undefined;
    return {
      address: change.address,
      severity,
      seen: [`${name} becomes a ${type}`],
      effect: { kind: 'opened', what: name },
    };
  }
  if (!routes.has(after.kind)) return undefined;
  const gate = authentication(after);
  if (gate === 'present') return undefined;
  const had = before !== undefined && authentication(before) === 'present';
  // It was open before and stays open: nothing that this plan does.
  if (before !== undefined && !had && change.action === 'update' && !flowPlane) return undefined;
  const hosts = hostsOf(after);
  return {
    address: change.address,
    severity,
    seen: [
      `${name}${hosts === '' ? '' : ` for ${hosts}`} ${had ? 'loses its' : 'has no'} authentication`,
      ...(gate === 'unknown' ? ['its annotations or middlewares are known only after the apply'] : []),
      ...(flowPlane ? ['Whisker or Goldmane is behind it'] : []),
    ],
    effect: { kind: 'opened', what: `${name} without authentication` },
  };
}

const authAnnotations: readonly (readonly [RegExp, (value: string) => boolean])[] = [
  [/^traefik\.ingress\.kubernetes\.io\/router\.middlewares$/, looksLikeAuth],
  [/^nginx\.(ingress\.kubernetes\.io|org)\/(auth-url|auth-type|auth-tls-secret|basic-auth-secret)$/, isSet],
  [/^(haproxy\.org|haproxy-ingress\.github\.io)\/auth-(type|url|secret)$/, isSet],
  [/^alb\.ingress\.kubernetes\.io\/auth-type$/, isSet],
  [/^ingress\.kubernetes\.io\/auth-(type|url)$/, isSet],
];

function authentication(object: KubernetesObject): 'present' | 'absent' | 'unknown' {
  const annotations = at(object.body, 'metadata', 'annotations');
  if (annotations === UNKNOWN) return 'unknown';
  const present = Object.entries(labelsOf(annotations)).some(([key, value]) =>
    authAnnotations.some(([pattern, accepts]) => pattern.test(key) && accepts(value)),
  );
  if (present) return 'present';
  if (object.kind === 'IngressRoute') return all(asList(at(object.body, 'spec', 'routes')), 'middlewares');
  if (object.kind === 'HTTPRoute') return all(asList(at(object.body, 'spec', 'rules')), 'filters');
  return 'absent';
}

// One route without a gate is enough to walk in.
function all(list: readonly Value[], key: string): 'present' | 'absent' {
  const gated = (each: Value): boolean => mentions(at(each, key) ?? null, authWord);
  return list.length > 0 && list.every(gated) ? 'present' : 'absent';
}

const authWord = /auth|oauth|oidc|sso|saml|login|authelia|authentik|keycloak/i;

function looksLikeAuth(value: string): boolean {
  return authWord.test(value);
}

function isSet(value: string): boolean {
  return value !== '' && value !== 'none';
}

function mentions(value: Value, pattern: RegExp): boolean {
  let found = false;
  eachLeaf(value, (leaf) => {
    found ||= typeof leaf === 'string' && pattern.test(leaf);
  });
  return found;
}

function hostsOf(object: KubernetesObject): string {
  const rules = asList(at(object.body, 'spec', 'rules')).map((rule) => asText(at(rule, 'host')));
  const names = [...rules, ...asList(at(object.body, 'spec', 'hostnames')).map((each) => asText(each))];
  const matches = asList(at(object.body, 'spec', 'routes')).map((route) => asText(at(route, 'match')));
  return [...names, ...matches].filter((each) => each !== undefined).join(', ');
}
