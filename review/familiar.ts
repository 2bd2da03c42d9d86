import { isOperatorRelease } from './calico/operator-release';
import { containersOf } from './kubernetes/containers';
import { objectOf } from './kubernetes/object';
import type { ResourceChange } from './plan/plan';

/** Resource types that carry nothing which a rule could judge. */
const plain =
  /^(terraform_data|null_resource|random_(pet|id|integer|string|shuffle|uuid)|time_(sleep|static|offset|rotating)|kubernetes_(service_account|config_map|priority_class|resource_quota|limit_range|pod_disruption_budget|horizontal_pod_autoscaler)(_v\d\w*)?)$/;

const judged = new Set([
  'Namespace',
  'NetworkPolicy',
  'GlobalNetworkPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'Ingress',
  'IngressRoute',
  'HTTPRoute',
  'Service',
  'Secret',
  'ConfigMap',
  'ServiceAccount',
  'ExternalSecret',
  'Goldmane',
  'Whisker',
  'Installation',
  'PersistentVolumeClaim',
]);

/** Whether rules of this program look at that kind of thing at all. */
export function isFamiliar(change: ResourceChange): boolean {
  if (plain.test(change.type) || isOperatorRelease(change)) return true;
  const object = objectOf(change, 'after') ?? objectOf(change, 'before');
  return object !== undefined && (judged.has(object.kind) || containersOf(object).length > 0);
}
