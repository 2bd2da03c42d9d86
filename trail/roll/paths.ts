import { calico } from '../../contract';

/** Where the API keeps what a roll looks at; together with verbs `get`, `list` and `watch` all rights it needs. */
export const paths = {
  nodes: '/api/v1/nodes',
  pods: `/api/v1/namespaces/${calico.namespace}/pods`,
  daemonSets: `/apis/apps/v1/namespaces/${calico.namespace}/daemonsets`,
  allDaemonSets: '/apis/apps/v1/daemonsets',
  deployments: `/apis/apps/v1/namespaces/${calico.namespace}/deployments`,
  operatorDeployments: '/apis/apps/v1/namespaces/tigera-operator/deployments',
  revisions: `/apis/apps/v1/namespaces/${calico.namespace}/controllerrevisions`,
  statuses: '/apis/operator.tigera.io/v1/tigerastatuses',
  version: '/version',
} as const;

/** Label that calico-node's pods and revisions carry. */
export const calicoNodeSelector = 'k8s-app=calico-node';

/** Name of the DaemonSet that rolls. */
export const calicoNodeName = 'calico-node';
