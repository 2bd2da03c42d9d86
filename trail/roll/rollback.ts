import { calicoNodeImage, sendsFlows } from './objects';
import { calicoNodeName } from './paths';
import { calico } from '../../contract';
import { revisionsOf, type RollView } from './view';

/**
 * What to type when a roll has to stop: first what keeps the other nodes as they are, then the way back,
 * judged by what differs between the last two templates of calico-node.
 */
export function rollback(view: RollView): readonly string[] {
  return [...freeze, ...undo(view)];
}

// The operator reverts whatever is changed by hand, so it stands still first.
const freeze = [
  'kubectl -n tigera-operator scale deployment tigera-operator --replicas=0',
  `kubectl -n ${calico.namespace} patch daemonset ${calicoNodeName} --type merge -p '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}'`,
];

function undo(view: RollView): readonly string[] {
  const wake = 'kubectl -n tigera-operator scale deployment tigera-operator --replicas=1';
  const [now, before] = revisionsOf(view).map(({ data }) => data?.spec?.template);
  const [newImage, oldImage] = [calicoNodeImage(now), calicoNodeImage(before)];
  if (newImage !== undefined && oldImage !== undefined && newImage !== oldImage) {
    return ['helm -n tigera-operator rollback calico', wake];
  }
  if (now !== undefined && before !== undefined && sendsFlows(now) && !sendsFlows(before)) {
    return ['kubectl delete whiskers.operator.tigera.io,goldmanes.operator.tigera.io default', wake];
  }
  return [`# take back the change that began the roll, then: ${wake}`];
}
