import type { RawGet } from '../kubernetes/raw';
import { Collection } from './collection';
import type { ControllerRevision, DaemonSet, Metadata, Node, Pod, TigeraStatus } from './objects';
import { calicoNodeName, calicoNodeSelector, paths } from './paths';
import { RollTracker, type RollEvent, type RollLimits, type RollStatus, type RollVerdict } from './tracker';
import type { RollView } from './view';

export interface WatchOptions {
  readonly get: RawGet;
  readonly limits: RollLimits;
  readonly signal: AbortSignal;
  /** Seconds until a list counts as failed. */
  readonly timeoutSeconds: number;
  /** Seconds of silence after which a watch is begun anew. */
  readonly idleSeconds: number;
  /** Longest pause between two attempts to reach the API, in seconds. */
  readonly longestPauseSeconds: number;
  /** Seconds between two looks at the clock. */
  readonly tickSeconds: number;
  readonly onEvent: (event: RollEvent, at: Date) => void;
  /** Called whenever the live view may have changed. */
  readonly onStatus: (status: RollStatus) => void;
}

/** Follows a roll to its verdict. Throws a TrailError where the cluster can't be seen at the start. */
export async function watchRoll(options: WatchOptions): Promise<RollVerdict> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const tracker = new RollTracker(options.limits);
  let ready = false;
  let decide: (verdict: RollVerdict) => void = () => undefined;
  const verdict = new Promise<RollVerdict>((resolve) => (decide = resolve));

  const follow = <T extends { readonly metadata: Metadata }>(
    path: string,
    labelSelector?: string,
  ): Collection<T> => {
    const { get, timeoutSeconds, idleSeconds, longestPauseSeconds } = options;
    const patience = { timeoutSeconds, idleSeconds, longestPauseSeconds };
    const selector = labelSelector === undefined ? {} : { labelSelector };
    return new Collection<T>(get, { path, ...selector, ...patience, signal, onChange: look });
  };
  const daemonSets = follow<DaemonSet>(paths.daemonSets);
  const revisions = follow<ControllerRevision>(paths.revisions);
  const pods = follow<Pod>(paths.pods, calicoNodeSelector);
  const nodes = follow<Node>(paths.nodes);
  const statuses = follow<TigeraStatus>(paths.statuses);
  const all = [daemonSets, revisions, pods, nodes, statuses];

  function view(): RollView {
    return {
      daemonSet: daemonSets.items.find(({ metadata }) => metadata.name === calicoNodeName),
      revisions: revisions.items,
      pods: pods.items,
      nodes: nodes.items,
      statuses: statuses.items,
    };
  }

  function look(): void {
    // Half of the lists is not a view of the cluster.
    if (!ready) return;
    const now = new Date();
    const away = all.flatMap(({ awaySince }) => awaySince ?? []);
    const events = tracker.observe(view(), now.getTime(), away.length === 0 ? undefined : Math.min(...away));
    for (const event of events) options.onEvent(event, now);
    if (tracker.status !== undefined) options.onStatus(tracker.status);
    if (tracker.verdict !== undefined) decide(tracker.verdict);
  }

  try {
    await Promise.all(all.map((each) => each.start()));
    ready = true;
    const following = all.map((each) => each.follow());
    const clock = setInterval(look, options.tickSeconds * 1000);
    const interrupted = new Promise<RollVerdict>((resolve) => {
      options.signal.addEventListener('abort', () => {
        resolve({
          outcome: 'unknown',
          reason: 'interrupted; the roll goes on',
          commands: ['trail roll watch'],
        });
      });
    });
    look();
    const result = await Promise.race([verdict, interrupted]);
    clearInterval(clock);
    ready = false;
    ended.abort();
    await Promise.all(following);
    return result;
  } finally {
    ended.abort();
  }
}
