import { conditionIs, type Node, type Pod } from './objects';
import { targetHash, type RollView } from './view';

/** Where one node stands in the roll. */
export interface NodeState {
  readonly name: string;
  /** `done`: the new calico-node is ready. `current`: it is being replaced. `left`: the old one runs. */
  readonly stage: 'done' | 'current' | 'left';
  /** Why the node counts as unready; undefined where it is ready. */
  readonly unready: string | undefined;
}

/** Every node that runs, or during this watch ran (`known`), a calico-node; sorted by name. */
export function nodeStates(view: RollView, known: ReadonlySet<string> = new Set()): readonly NodeState[] {
  const hash = targetHash(view);
  const existing = new Map(view.nodes.map((node) => [node.metadata.name, node]));
  const running = view.pods.flatMap(({ spec }) => spec?.nodeName ?? []);
  return [...new Set([...known, ...running])]
    .filter((name) => existing.has(name))
    .sort()
    .map((name) => stateOf(name, newest(view.pods, name), existing.get(name), hash));
}

function stateOf(
  name: string,
  pod: Pod | undefined,
  node: Node | undefined,
  hash: string | undefined,
): NodeState {
  const isNew = pod?.metadata.labels?.['controller-revision-hash'] === hash && hash !== undefined;
  const problem = podProblem(pod);
  const stage = isNew ? (problem === undefined ? 'done' : 'current') : isLeaving(pod) ? 'current' : 'left';
  const nodeProblem =
    node !== undefined && !conditionIs(node, 'Ready', 'True') ? 'the node is not Ready' : undefined;
  return { name, stage, unready: nodeProblem ?? problem };
}

function newest(pods: readonly Pod[], node: string): Pod | undefined {
  return pods.filter(({ spec }) => spec?.nodeName === node).sort((a, b) => rank(b).localeCompare(rank(a)))[0];
}

// The one that stays counts before the one that leaves, then the younger one.
function rank({ metadata }: Pod): string {
  return `${metadata.deletionTimestamp === undefined ? 1 : 0} ${metadata.creationTimestamp ?? ''}`;
}

function isLeaving(pod: Pod | undefined): boolean {
  return pod === undefined || pod.metadata.deletionTimestamp !== undefined;
}

function podProblem(pod: Pod | undefined): string | undefined {
  if (pod === undefined) return 'no calico-node';
  if (pod.metadata.deletionTimestamp !== undefined) return 'calico-node is terminating';
  if (conditionIs(pod, 'Ready', 'True')) return undefined;
  const waiting = pod.status?.containerStatuses
    ?.map((each) => each.state?.waiting?.reason)
    .find((each) => each !== undefined);
  return `calico-node is not ready${waiting === undefined ? '' : ` (${waiting})`}`;
}
