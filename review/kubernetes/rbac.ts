import type { KubernetesObject } from './object';
import { asList, asText, at, UNKNOWN, type Value } from '../value';

/** One thing that a role allows. `*` stands for all. */
export interface Permission {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  /** Undefined = every object of the resource. */
  readonly name: string | undefined;
}

/** Whether the object is a Role or a ClusterRole. */
export function isRole(object: KubernetesObject): boolean {
  return (
    object.group === 'rbac.authorization.k8s.io' && (object.kind === 'Role' || object.kind === 'ClusterRole')
  );
}

/** Whether the object binds a role. */
export function isBinding(object: KubernetesObject): boolean {
  return object.group === 'rbac.authorization.k8s.io' && /^(Cluster)?RoleBinding$/.test(object.kind);
}

/** Everything that a role allows; what is known only after the apply counts as `*`. */
export function permissionsOf(role: KubernetesObject | undefined): readonly Permission[] {
  const rules = at(role?.body, 'rules');
  if (rules === UNKNOWN) return [{ group: '*', resource: '*', verb: '*', name: undefined }];
  return asList(rules).flatMap((rule) => {
    const names = words(at(rule, 'resourceNames'));
    const urls = words(at(rule, 'nonResourceURLs') ?? at(rule, 'nonResourceUrls'));
    const resources = [
      ...words(at(rule, 'resources')).flatMap((resource) =>
        words(at(rule, 'apiGroups')).map((group) => ({ group, resource })),
      ),
      ...urls.map((url) => ({ group: 'URL', resource: url })),
    ];
    return resources.flatMap((each) =>
      words(at(rule, 'verbs')).flatMap((verb) =>
        (names.length === 0 ? [undefined] : names).map((name) => ({ ...each, verb, name })),
      ),
    );
  });
}

function words(value: Value | undefined): readonly string[] {
  if (value === UNKNOWN) return ['*'];
  return asList(value).map((each) => (typeof each === 'string' ? each : '*'));
}

/** Permissions of `after` that none of `before` includes. */
export function newPermissions(
  before: readonly Permission[],
  after: readonly Permission[],
): readonly Permission[] {
  return after.filter((each) => !before.some((old) => includes(old, each)));
}

function includes(wide: Permission, narrow: Permission): boolean {
  const covers = (a: string, b: string): boolean => a === '*' || a === b;
  return (
    covers(wide.group, narrow.group) &&
    covers(wide.resource, narrow.resource) &&
    covers(wide.verb, narrow.verb) &&
    (wide.name === undefined || wide.name === narrow.name)
  );
}

const escalating = new Set(['escalate', 'bind', 'impersonate']);
const reading = new Set(['get', 'list', 'watch', '*']);
const writing = new Set(['create', 'update', 'patch', '*']);

/** Why a permission is worth refusing a plan for, or undefined. */
export function powerOf(permission: Permission): string | undefined {
  const { group, resource, verb, name } = permission;
  if (verb === '*' && resource === '*') return 'everything';
  if (verb === '*') return 'every verb';
  if (resource === '*') return 'every resource';
  if (group === '*') return 'every API group';
  if (escalating.has(verb)) return 'lets its holder become somebody else';
  if (resource === 'secrets' && reading.has(verb) && name === undefined) return 'reads every secret';
  if (['pods/exec', 'pods/attach', 'nodes/proxy'].includes(resource)) return 'runs commands in pods';
  if (resource === 'serviceaccounts/token' && writing.has(verb) && name === undefined)
    return 'takes any identity';
  if (/^(cluster)?role(binding)?s$/.test(resource) && writing.has(verb)) return 'grants rights';
  return undefined;
}

/** Permissions as lines, one for each resource: `secrets (named tls): get`. */
export function describePermissions(permissions: readonly Permission[]): readonly string[] {
  const lines = new Map<string, Set<string>>();
  for (const { group, resource, verb, name } of permissions) {
    const where = group === '' || group === 'URL' ? resource : `${resource}.${group}`;
    const key = name === undefined ? where : `${where} named ${name}`;
    const verbs = lines.get(key) ?? new Set<string>();
    lines.set(key, verbs.add(verb));
  }
  return [...lines].map(([resource, verbs]) => `${resource}: ${[...verbs].sort().join(', ')}`).sort();
}

/** Whom a binding names, e.g. `ServiceAccount calico-system/watchdog`, sorted. */
export function subjectsOf(binding: KubernetesObject | undefined): readonly string[] {
  const subjects = at(binding?.body, 'subjects');
  if (subjects === UNKNOWN) return ['(subjects known only after the apply)'];
  return asList(subjects)
    .map((subject) => {
      const namespace = asText(at(subject, 'namespace'));
      const kind = asText(at(subject, 'kind')) ?? 'Subject';
      const name = asText(at(subject, 'name')) ?? '(known after apply)';
      // The provider fills in the namespace "default" for users and groups, which have none.
      return kind !== 'ServiceAccount' || namespace === undefined
        ? `${kind} ${name}`
        : `${kind} ${namespace}/${name}`;
    })
    .sort();
}

/** The role that a binding grants, e.g. `ClusterRole cluster-admin`. */
export function roleOf(binding: KubernetesObject | undefined): string {
  const role = at(binding?.body, 'roleRef');
  return `${asText(at(role, 'kind')) ?? 'Role'} ${asText(at(role, 'name')) ?? '(known after apply)'}`;
}

/** Why a binding is worth refusing a plan for, or undefined. */
export function bindingPower(role: string, subjects: readonly string[]): string | undefined {
  const anybody = subjects.find((each) =>
    /^(Group system:(authenticated|unauthenticated|serviceaccounts|masters)|User system:anonymous)$/.test(
      each,
    ),
  );
  if (anybody !== undefined) return `${anybody} is practically anybody`;
  return /^ClusterRole (cluster-admin|admin)$/.test(role) ? `${role} allows everything` : undefined;
}
