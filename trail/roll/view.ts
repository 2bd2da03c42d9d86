import type { ControllerRevision, DaemonSet, Node, Pod, TigeraStatus } from './objects';

/** What of the cluster is seen at one moment. */
export interface RollView {
  /** Undefined where calico-node does not exist. */
  readonly daemonSet: DaemonSet | undefined;
  readonly revisions: readonly ControllerRevision[];
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly statuses: readonly TigeraStatus[];
}

/** Revisions of calico-node's template, newest first. */
export function revisionsOf({ daemonSet, revisions }: RollView): readonly ControllerRevision[] {
  const uid = daemonSet?.metadata.uid;
  return revisions
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false)
    .sort((a, b) => b.revision - a.revision);
}

/** Hash that pods of the newest revision carry in `controller-revision-hash`; undefined where nothing says it. */
export function targetHash(view: RollView): string | undefined {
  return revisionsOf(view)[0]?.metadata.labels?.['controller-revision-hash'];
}

/** How many pods may be away at once: maxUnavailable, at least 1. */
export function mayBeAway({ daemonSet }: RollView): number {
  const allowed = daemonSet?.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  if (typeof allowed === 'number') return Math.max(1, allowed);
  const share = /^(\d+)%$/.exec(allowed)?.[1];
  const desired = daemonSet?.status?.desiredNumberScheduled ?? 0;
  return share === undefined
    ? Math.max(1, Number(allowed) || 1)
    : Math.max(1, Math.ceil((Number(share) * desired) / 100));
}

/** Whether the DaemonSet's own numbers say that all its pods are new and ready. */
export function isComplete({ daemonSet }: RollView): boolean {
  const { metadata, status } = daemonSet ?? {};
  const desired = status?.desiredNumberScheduled ?? 0;
  return (
    desired > 0 &&
    (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
    status?.updatedNumberScheduled === desired &&
    status.numberReady === desired &&
    status.numberAvailable === desired
  );
}

/** Components that the operator calls degraded, with its words. */
export function degraded({ statuses }: RollView): readonly string[] {
  return statuses.flatMap(({ metadata, status }) => {
    const condition = status?.conditions?.find((each) => each.type === 'Degraded' && each.status === 'True');
    if (condition === undefined) return [];
    const words = [condition.reason, condition.message]
      .filter((each) => each !== undefined && each !== '')
      .join(': ');
    return [`${metadata.name}${words === '' ? '' : ` (${words})`}`];
  });
}

/** Components that are not yet where they should be, degraded or not. */
export function unsettled({ statuses }: RollView): readonly string[] {
  const is = (status: TigeraStatus, type: string, value: string): boolean =>
    status.status?.conditions?.some((each) => each.type === type && each.status === value) ?? false;
  return statuses
    .filter(
      (each) =>
        !is(each, 'Available', 'True') || is(each, 'Progressing', 'True') || is(each, 'Degraded', 'True'),
    )
    .map(({ metadata }) => metadata.name);
}
