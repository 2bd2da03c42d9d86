import {
  Action,
  EndpointType,
  flowReport,
  PolicyKind,
  Reporter,
  type FlowKey,
  type PolicyTrace,
} from '../goldmane/flow';
import type { Outside, Talk } from './talks';
import type { Workload } from './workloads';

/** Keys of the records that a talk leaves, one per side with a verdict. */
export interface TalkKeys {
  /** By the source's node; none where the source is outside. */
  readonly source: FlowKey | undefined;
  /** The same under another policy trace, hence with another id. */
  readonly sourceAgain: FlowKey | undefined;
  /** By the destination's node; none where it is outside or nothing gets there. */
  readonly destination: FlowKey | undefined;
}

/** The keys of a talk, as Goldmane would know them. */
export function talkKeys(talk: Talk): TalkKeys {
  const verdict = talk.verdict === 'pass' ? Action.pass : Action.allow;
  const side = (reporter: number, action: number, trace: PolicyTrace): FlowKey =>
    flowReport(0, { ...endsOf(talk), reporter, action, policies: trace }).key;
  const onLeaving = talk.verdict === 'denied-at-egress' ? Action.deny : verdict;
  const onArrival = talk.verdict === 'denied-at-ingress' ? Action.deny : verdict;
  const egress = policies(talk.from, 'egress', onLeaving);
  const hasSource = !('outside' in talk.from);
  const arrives = !('outside' in talk.to) && talk.verdict !== 'denied-at-egress';
  return {
    source: hasSource ? side(Reporter.src, onLeaving, egress) : undefined,
    sourceAgain: hasSource
      ? side(Reporter.src, onLeaving, { ...egress, pending_policies: egress.enforced_policies ?? [] })
      : undefined,
    destination: arrives ? side(Reporter.dst, onArrival, policies(talk.to, 'ingress', onArrival)) : undefined,
  };
}

function endsOf({ from, to, port }: Talk): Partial<FlowKey> {
  const source = endOf(from);
  const target = endOf(to);
  const key = {
    source_name: source.name,
    source_namespace: source.namespace,
    source_type: source.type,
    dest_name: target.name,
    dest_namespace: target.namespace,
    dest_type: target.type,
  };
  if ('outside' in to) return { ...key, dest_port: Number(port) };
  const listening = to.ports.find(({ name }) => name === port);
  if (listening === undefined) throw new RangeError(`${to.namespace}/${to.pods} has no port ${port}`);
  return {
    ...key,
    dest_port: listening.targetPort,
    proto: listening.protocol,
    // From outside, and from nodes that probe pods, no service comes into it.
    ...('outside' in from || to.service === undefined
      ? {}
      : {
          dest_service_name: to.service,
          dest_service_namespace: to.namespace,
          dest_service_port_name: listening.name,
          dest_service_port: listening.port,
        }),
  };
}

const outsideTypes = {
  host: EndpointType.host,
  network: EndpointType.network,
  'network-set': EndpointType.networkSet,
} as const;

function endOf(end: Workload | Outside): { name: string; namespace: string; type: number } {
  if ('outside' in end) return { name: end.name, namespace: '-', type: outsideTypes[end.outside] };
  return { name: end.pods, namespace: end.namespace, type: EndpointType.workload };
}

function policies(end: Workload | Outside, direction: 'egress' | 'ingress', action: number): PolicyTrace {
  const namespace = 'outside' in end ? '' : end.namespace;
  const policy = {
    kind: PolicyKind.calicoNetworkPolicy,
    namespace,
    name: `default.${direction}`,
    tier: 'default',
    action,
    rule_index: action === Action.deny ? -1 : 0,
  };
  if (action !== Action.deny) return { enforced_policies: [policy] };
  // What no rule of the tier's policies allows is denied at its end.
  const tierEnd = { kind: PolicyKind.endOfTier, tier: 'default', action, rule_index: -1, trigger: policy };
  return { enforced_policies: [tierEnd] };
}
