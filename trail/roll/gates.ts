import { calico } from '../../contract';
import { factsOf, judgeHop, parseVersion } from '../../calico-releases';
import { gate, type Gate, type GateState, type Seen } from './gate';
import {
  calicoNodeImage,
  conditionIs,
  type DaemonSet,
  type Deployment,
  type Node,
  type TigeraStatus,
} from './objects';
import { calicoNodeName } from './paths';

/** Everything that the gates look at, each with the reason where it could not be seen. */
export interface ClusterState {
  readonly statuses: Seen<readonly TigeraStatus[]>;
  readonly daemonSets: Seen<readonly DaemonSet[]>;
  readonly nodes: Seen<readonly Node[]>;
  readonly deployments: Seen<readonly Deployment[]>;
  /** Version of the API server, e.g. `v1.34.2`. */
  readonly kubernetes: Seen<string>;
}

/** Judges every gate. `to` is the Calico release that the roll leads to, where it changes. */
export function judgeGates(state: ClusterState, to?: string): readonly Gate[] {
  const { statuses, daemonSets, nodes, deployments } = state;
  return [
    gate('tigerastatus', 'every component is available', statuses, judgeStatuses),
    gate('calico-node', 'calico-node is up to date and ready on every node', daemonSets, (all) =>
      judgeCalicoNode(find(all)),
    ),
    gate('max-unavailable', 'one node at a time', daemonSets, (all) => judgePace(find(all))),
    gate('nodes', 'nodes are Ready and without pressure', nodes, judgeNodes),
    gate(
      'no-other-roll',
      'nothing else is rolling',
      both(both(daemonSets, deployments), nodes),
      ([[sets, ready], all]) => judgeOthers(sets, ready, all),
    ),
    ...(['goldmane', 'whisker'] as const).map((name) =>
      gate(name, `${name} is available`, both(deployments, statuses), ([all, known]) =>
        judgeComponent(name, all, known),
      ),
    ),
    gate(
      'kubernetes-version',
      'this Kubernetes is supported',
      both(state.kubernetes, daemonSets),
      ([version, sets]) => judgeVersion(version, find(sets), to),
    ),
  ];
}

interface Judgement {
  readonly state: GateState;
  readonly seen: readonly string[];
}

const pass = (...seen: string[]): Judgement => ({ state: 'pass', seen });
const unknown = (...seen: string[]): Judgement => ({ state: 'unknown', seen });
const judged = (problems: readonly string[], well: string): Judgement =>
  problems.length === 0 ? pass(well) : { state: 'fail', seen: problems };

function both<A, B>(a: Seen<A>, b: Seen<B>): Seen<readonly [A, B]> {
  if ('error' in a) return a;
  return 'error' in b ? b : { value: [a.value, b.value] };
}

function find(daemonSets: readonly DaemonSet[]): DaemonSet | undefined {
  return daemonSets.find(
    ({ metadata }) => metadata.name === calicoNodeName && metadata.namespace === calico.namespace,
  );
}

function judgeStatuses(statuses: readonly TigeraStatus[]): Judgement {
  if (!statuses.some(({ metadata }) => metadata.name === 'calico'))
    return unknown('there is no TigeraStatus calico');
  const problems = statuses.flatMap((each) => {
    const { name } = each.metadata;
    const words = (each.status?.conditions ?? [])
      .filter(({ type, status }) => type !== 'Available' && status === 'True')
      .map(
        ({ type, message }) =>
          `${name} is ${type}${message === undefined || message === '' ? '' : `: ${message}`}`,
      );
    return conditionIs(each, 'Available', 'True') ? words : [`${name} is not Available`, ...words];
  });
  return judged(
    problems,
    statuses
      .map(({ metadata }) => metadata.name)
      .sort()
      .join(', '),
  );
}

function judgeCalicoNode(set: DaemonSet | undefined): Judgement {
  if (set === undefined) return unknown(`there is no DaemonSet ${calico.namespace}/${calicoNodeName}`);
  const { observedGeneration = 0, desiredNumberScheduled: desired = 0 } = set.status ?? {};
  const {
    updatedNumberScheduled: updated = 0,
    numberReady: ready = 0,
    numberAvailable: available = 0,
  } = set.status ?? {};
  const problems = [
    ...(desired === 0 ? ['it is wanted on no node'] : []),
    ...(observedGeneration < (set.metadata.generation ?? 0)
      ? ['its latest change has not begun to roll']
      : []),
    ...(updated < desired ? [`${updated} of ${desired} updated`] : []),
    ...(ready < desired ? [`${ready} of ${desired} ready`] : []),
    ...(available < desired ? [`${available} of ${desired} available`] : []),
  ];
  return judged(problems, `${ready} of ${desired} updated and ready`);
}

function judgePace(set: DaemonSet | undefined): Judgement {
  if (set === undefined) return unknown(`there is no DaemonSet ${calico.namespace}/${calicoNodeName}`);
  const { type = 'RollingUpdate', rollingUpdate } = set.spec?.updateStrategy ?? {};
  if (type !== 'RollingUpdate')
    return { state: 'fail', seen: [`its update strategy is ${type}: nothing will roll by itself`] };
  const allowed = rollingUpdate?.maxUnavailable ?? 1;
  return String(allowed) === '1'
    ? pass('maxUnavailable 1')
    : { state: 'fail', seen: [`maxUnavailable ${String(allowed)}`] };
}

function judgeNodes(nodes: readonly Node[]): Judgement {
  if (nodes.length === 0) return unknown('no node was seen');
  const troubles = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];
  const problems = nodes.flatMap((node) => [
    ...(conditionIs(node, 'Ready', 'True') ? [] : [`${node.metadata.name} is not Ready`]),
    ...troubles
      .filter((type) => conditionIs(node, type, 'True'))
      .map((type) => `${node.metadata.name} has ${type}`),
  ]);
  return judged(problems, `${nodes.length} nodes`);
}

function judgeOthers(
  sets: readonly DaemonSet[],
  deployments: readonly Deployment[],
  nodes: readonly Node[],
): Judgement {
  const name = ({
    metadata,
  }: {
    readonly metadata: { readonly name: string; readonly namespace?: string };
  }): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  const rolling = sets
    .filter((set) => set !== find(sets))
    .filter(({ metadata, status }) => {
      const desired = status?.desiredNumberScheduled ?? 0;
      return (
        (status?.observedGeneration ?? 0) < (metadata.generation ?? 0) ||
        (status?.updatedNumberScheduled ?? 0) < desired
      );
    })
    .map((set) => `DaemonSet ${name(set)} is rolling`);
  const moving = deployments
    .filter(({ metadata, spec, status }) => {
      const wanted = spec?.replicas ?? 1;
      return (
        (status?.observedGeneration ?? 0) < (metadata.generation ?? 0) ||
        (status?.updatedReplicas ?? 0) < wanted
      );
    })
    .map((each) => `Deployment ${name(each)} is rolling`);
  const cordoned = nodes
    .filter(({ spec }) => spec?.unschedulable === true)
    .map(({ metadata }) => `${metadata.name} is cordoned: a drain or an upgrade may be under way`);
  return judged(
    [...rolling, ...moving, ...cordoned],
    'no DaemonSet, no Deployment of Calico, no cordoned node',
  );
}

function judgeComponent(
  name: string,
  deployments: readonly Deployment[],
  statuses: readonly TigeraStatus[],
): Judgement {
  const found = deployments.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === calico.namespace,
  );
  const expected = statuses.some(({ metadata }) => metadata.name === name);
  if (found === undefined) {
    return expected
      ? { state: 'fail', seen: [`there is no Deployment ${calico.namespace}/${name}`] }
      : pass('not installed');
  }
  const wanted = found.spec?.replicas ?? 1;
  const available = found.status?.availableReplicas ?? 0;
  return judged(
    available >= wanted && wanted > 0 ? [] : [`${available} of ${wanted} available`],
    `${available} of ${wanted} available`,
  );
}

function judgeVersion(server: string, set: DaemonSet | undefined, to: string | undefined): Judgement {
  const minor = /^v?(\d+)\.(\d+)/.exec(server);
  const running = versionOf(set);
  if (minor === null) return unknown(`the API server calls itself ${server}`);
  const problems: string[] = [];
  if (to !== undefined && running !== undefined) {
    const hop = judgeHop(running, to);
    if (!hop.allowed) problems.push(`${hop.problem}; ${hop.remedy}`);
  }
  const target = to ?? running;
  const series = target === undefined ? undefined : parseVersion(target)?.series;
  const supported = series === undefined ? undefined : factsOf(series)?.kubernetes;
  if (problems.length > 0) return { state: 'fail', seen: problems };
  if (series === undefined)
    return unknown(`which Calico runs is not to be seen from calico-node's image; name it with --to`);
  if (supported == null) return unknown(`Calico ${series}: which Kubernetes it supports is not known`);
  const words = `Calico ${series} on Kubernetes ${minor[1] ?? ''}.${minor[2] ?? ''} (supported: ${supported.from} to ${supported.to})`;
  const number = Number(minor[1]) * 1000 + Number(minor[2]);
  const within = asNumber(supported.from) <= number && number <= asNumber(supported.to);
  if (!within) return { state: 'fail', seen: [words] };
  return running === undefined
    ? unknown(words, 'whether the hop is allowed is not known: the running version is not to be seen')
    : pass(words);
}

function asNumber(minor: string): number {
  const [major = '0', rest = '0'] = minor.split('.');
  return Number(major) * 1000 + Number(rest);
}

function versionOf(set: DaemonSet | undefined): string | undefined {
  const tag = /:(v\d+\.\d+\.\d+)(@.*)?$/.exec(calicoNodeImage(set?.spec?.template) ?? '')?.[1];
  return tag;
}
