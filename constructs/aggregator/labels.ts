import { aggregator } from '../../contract';

/** What runs in the namespace; each component has network rules of its own. */
export type Component = 'aggregate' | 'digest' | 'certificate-sync' | 'database-init';

/** Labels that tell the pods of one component from all others; a Deployment's selector, so never changed. */
export function selectorLabels(component: Component): Record<string, string> {
  return { 'app.kubernetes.io/name': aggregator.deployment, 'app.kubernetes.io/component': component };
}

/** All labels of a component's objects. */
export function componentLabels(component: Component): Record<string, string> {
  return { ...selectorLabels(component), 'app.kubernetes.io/part-of': 'goldmane-trail' };
}
