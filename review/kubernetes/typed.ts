import { asFields, asList, asText, at, isFields, isList, type Fields, type Value } from '../value';

/**
 * Turns the attributes of a `kubernetes_*` resource into the manifest they stand for: camel case, blocks
 * that occur at most once as objects, repeated blocks under their plural names.
 */
export function typedObject(type: string, value: Fields): Fields | undefined {
  const kind = kindOf(type);
  if (kind === undefined) return undefined;
  const body = asFields(convert(value));
  // The provider spells these out at the top of the resource, the API too; nothing else differs.
  return { apiVersion: groups[kind] ?? 'v1', kind, ...body };
}

const groups: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networking.k8s.io/v1',
  Ingress: 'networking.k8s.io/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  RoleBinding: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  Deployment: 'apps/v1',
  DaemonSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
};

const spellings: Readonly<Record<string, string>> = { Daemonset: 'DaemonSet', ApiService: 'APIService' };

// These patch or read objects that somebody else owns; they are no objects of their own.
const notObjects = new Set(['manifest', 'labels', 'annotations', 'env', 'node_taint', 'config_map_v1_data']);

function kindOf(type: string): string | undefined {
  const bare = type.replace(/^kubernetes_/, '');
  if (notObjects.has(bare) || bare.endsWith('_data')) return undefined;
  const kind = bare
    .replace(/_v\d+((alpha|beta)\d+)?$/, '')
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return spellings[kind] ?? kind;
}

/** Blocks that occur at most once; the provider keeps them as lists. */
const single = new Set([
  'metadata',
  'spec',
  'template',
  'job_template',
  'selector',
  'pod_selector',
  'namespace_selector',
  'object_selector',
  'label_selector',
  'ip_block',
  'strategy',
  'rolling_update',
  'security_context',
  'resources',
  'role_ref',
  'backend',
  'default_backend',
  'service',
  'http',
  'value_from',
  'secret_key_ref',
  'config_map_key_ref',
  'field_ref',
  'resource_field_ref',
  'secret_ref',
  'config_map_ref',
  'aggregation_rule',
  'capabilities',
]);

const plural: Readonly<Record<string, string>> = {
  container: 'containers',
  init_container: 'initContainers',
  volume: 'volumes',
  rule: 'rules',
  subject: 'subjects',
  path: 'paths',
};

/** Maps whose keys are the user's own. */
const verbatim = new Set([
  'labels',
  'annotations',
  'match_labels',
  'data',
  'binary_data',
  'string_data',
  'limits',
  'requests',
  'node_selector',
]);

function convert(value: Value): Value {
  if (isList(value)) return value.map((each) => convert(each));
  if (!isFields(value)) return value;
  const result: Record<string, Value> = {};
  for (const [key, each] of Object.entries(value)) {
    if (verbatim.has(key)) result[camel(key)] = each;
    else if (single.has(key) && isList(each) && each.every(isBlock)) {
      const only = each[0];
      if (only !== undefined) result[camel(key)] = only === null ? {} : convert(only);
    } else result[isList(each) ? (plural[key] ?? camel(key)) : camel(key)] = convert(each);
  }
  return result;
}

// `resources` is a block of a container and a list of names in a role.
function isBlock(value: Value): boolean {
  return value === null || isFields(value);
}

function camel(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** The pod's spec inside a workload's body: Pod, Deployment, DaemonSet, StatefulSet, Job, CronJob and their like. */
export function podSpecOf(body: Fields): Fields | undefined {
  const candidates = [
    at(body, 'spec', 'jobTemplate', 'spec', 'template', 'spec'),
    at(body, 'spec', 'template', 'spec'),
    asText(body['kind']) === 'Pod' ? body['spec'] : undefined,
  ];
  const spec = candidates.find((each) => isFields(each) && asList(at(each, 'containers')).length > 0);
  return isFields(spec) ? spec : undefined;
}
