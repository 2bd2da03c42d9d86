import { nodeStates, type NodeState } from './nodes';
import { rollback } from './rollback';
import { degraded, isComplete, mayBeAway, targetHash, unsettled, type RollView } from './view';

/** How long what may last; all in seconds. */
export interface RollLimits {
  /** A node that is unready for longer stops the roll. */
  readonly nodeSeconds: number;
  /** A component that is degraded for longer stops the roll. */
  readonly degradedSeconds: number;
  /** Without a roll for this long there is none to watch. */
  readonly startSeconds: number;
  /** All must be well for this long before the roll counts as done: one change may roll twice. */
  readonly settleSeconds: number;
  /** After the last node, the operator's components get this long to settle. */
  readonly finishSeconds: number;
  /** An API server that does not answer for longer ends the watch. */
  readonly awaySeconds: number;
}

/** Something that happened, for people and programs. */
export interface RollEvent {
  readonly type:
    | 'started'
    | 'node-begun'
    | 'node-done'
    | 'node-unready'
    | 'node-ready'
    | 'component-degraded'
    | 'component-well'
    | 'api-away'
    | 'api-back'
    | 'verdict';
  readonly message: string;
  readonly node?: string;
  /** For `node-done`: how long the node took. */
  readonly seconds?: number;
}

/** How a watch ended. */
export interface RollVerdict {
  readonly outcome: 'done' | 'stop' | 'unknown';
  readonly reason: string;
  /** Commands for whoever has to act, in order. */
  readonly commands: readonly string[];
}

/** Where the roll stands now. */
export interface RollStatus {
  readonly phase: 'waiting' | 'rolling' | 'settling';
  readonly nodes: readonly NodeState[];
  /** Seconds since the roll began, and each finished node's own. */
  readonly elapsedSeconds: number;
  readonly nodeSeconds: readonly number[];
  /** Estimate for the rest, undefined before the first node is done. */
  readonly leftSeconds: number | undefined;
  /** Seconds for which nodes have been unready, by name. */
  readonly unreadySeconds: ReadonlyMap<string, number>;
  readonly awaySeconds: number | undefined;
}

/** Follows a roll from view to view. Pure but for its own memory: the clock is an argument, milliseconds. */
export class RollTracker {
  readonly #limits: RollLimits;
  readonly #known = new Set<string>();
  readonly #unreadySince = new Map<string, number>();
  readonly #begunAt = new Map<string, number>();
  readonly #degradedSince = new Map<string, number>();
  readonly #nodeSeconds: number[] = [];
  #stages = new Map<string, NodeState['stage']>();
  #hash: string | undefined;
  #firstSeenAt: number | undefined;
  #startedAt: number | undefined;
  #completeSince: number | undefined;
  #wellSince: number | undefined;
  #away = false;
  #status: RollStatus | undefined;
  #verdict: RollVerdict | undefined;

  constructor(limits: RollLimits) {
    this.#limits = limits;
  }

  get status(): RollStatus | undefined {
    return this.#status;
  }

  get verdict(): RollVerdict | undefined {
    return this.#verdict;
  }

  /** Takes what is seen at `now`, `awaySince` being since when the API has not answered. Tells what is new. */
  observe(view: RollView, now: number, awaySince?: number): readonly RollEvent[] {
    if (this.#verdict !== undefined) return [];
    this.#firstSeenAt ??= now;
    const events: RollEvent[] = [];
    if (awaySince !== undefined) this.#noteAway(now, awaySince, events);
    else {
      if (this.#away) events.push({ type: 'api-back', message: 'the API server answers again' });
      this.#away = false;
      this.#look(view, now, events);
    }
    const { verdict } = this;
    if (verdict !== undefined) {
      events.push({ type: 'verdict', message: `${verdict.outcome}: ${verdict.reason}` });
    }
    return events;
  }

  #look(view: RollView, now: number, events: RollEvent[]): void {
    for (const name of view.pods.flatMap(({ spec }) => spec?.nodeName ?? [])) this.#known.add(name);
    const nodes = nodeStates(view, this.#known);
    this.#noteStart(view, nodes, now, events);
    this.#noteNodes(nodes, now, events);
    this.#noteComponents(view, now, events);
    this.#status = this.#statusOf(nodes, now);
    this.#verdict = this.#judgeTrouble(view, nodes, now) ?? this.#judgeEnd(view, nodes, now);
  }

  #noteAway(now: number, since: number, events: RollEvent[]): void {
    if (!this.#away)
      events.push({
        type: 'api-away',
        message: 'the API server does not answer; the roll goes on without being seen',
      });
    this.#away = true;
    if (this.#status !== undefined) this.#status = { ...this.#status, awaySeconds: seconds(now, since) };
    if (seconds(now, since) < this.#limits.awaySeconds) return;
    this.#verdict = {
      outcome: 'unknown',
      reason: `the API server has not answered for ${this.#limits.awaySeconds} s`,
      commands: ['trail roll check'],
    };
  }

  #noteStart(view: RollView, nodes: readonly NodeState[], now: number, events: RollEvent[]): void {
    const hash = targetHash(view);
    const another = this.#hash !== undefined && hash !== this.#hash;
    this.#hash = hash;
    if (another) {
      // A second change on top of the first: what was done is to be done again.
      this.#begunAt.clear();
      this.#completeSince = undefined;
      this.#wellSince = undefined;
    }
    const under = another || !isComplete(view) || nodes.some(({ stage }) => stage !== 'done');
    if (!under || (this.#startedAt !== undefined && !another)) return;
    this.#startedAt ??= now;
    const left = nodes.filter(({ stage }) => stage !== 'done').length;
    const message = another ? 'calico-node changed again: the roll begins anew' : 'calico-node rolls';
    events.push({ type: 'started', message: `${message}, ${left} of ${nodes.length} nodes to go` });
  }

  #noteNodes(nodes: readonly NodeState[], now: number, events: RollEvent[]): void {
    const stages = new Map<string, NodeState['stage']>();
    for (const { name, stage, unready } of nodes) {
      stages.set(name, stage);
      const before = this.#stages.get(name);
      if (stage === 'current' && before !== 'current') {
        this.#begunAt.set(name, now);
        events.push({ type: 'node-begun', node: name, message: `${name}: calico-node is being replaced` });
      }
      if (stage === 'done' && before !== undefined && before !== 'done') {
        const took = seconds(now, this.#begunAt.get(name) ?? now);
        this.#nodeSeconds.push(took);
        events.push({ type: 'node-done', node: name, seconds: took, message: `${name}: done in ${took} s` });
      }
      if (unready === undefined) {
        const since = this.#unreadySince.get(name);
        if (since !== undefined && stage === 'left') {
          events.push({ type: 'node-ready', node: name, message: `${name}: ready again` });
        }
        this.#unreadySince.delete(name);
      } else if (!this.#unreadySince.has(name)) {
        this.#unreadySince.set(name, now);
        // Being away while it is replaced is the roll itself.
        if (stage !== 'current')
          events.push({ type: 'node-unready', node: name, message: `${name}: ${unready}` });
      }
    }
    for (const name of this.#unreadySince.keys()) if (!stages.has(name)) this.#unreadySince.delete(name);
    this.#stages = stages;
  }

  #noteComponents(view: RollView, now: number, events: RollEvent[]): void {
    const current = new Map(degraded(view).map((words) => [words.split(' ')[0] ?? words, words]));
    for (const [name, words] of current) {
      if (this.#degradedSince.has(name)) continue;
      this.#degradedSince.set(name, now);
      events.push({ type: 'component-degraded', message: `degraded: ${words}` });
    }
    for (const name of [...this.#degradedSince.keys()].filter((each) => !current.has(each))) {
      this.#degradedSince.delete(name);
      events.push({ type: 'component-well', message: `${name} is no longer degraded` });
    }
  }

  #judgeTrouble(view: RollView, nodes: readonly NodeState[], now: number): RollVerdict | undefined {
    if (view.daemonSet === undefined)
      return this.#stop(view, 'calico-node is gone: its DaemonSet does not exist');
    const unready = nodes.filter((node) => node.unready !== undefined);
    if (unready.length > mayBeAway(view)) {
      const names = unready.map(({ name, unready: why }) => `${name} (${why ?? ''})`);
      return this.#stop(view, `${unready.length} nodes are unready at once: ${names.join(', ')}`);
    }
    for (const { name, unready: why } of unready) {
      const lasted = seconds(now, this.#unreadySince.get(name) ?? now);
      if (lasted >= this.#limits.nodeSeconds) {
        return this.#stop(
          view,
          `${name} is unready for ${lasted} s (limit ${this.#limits.nodeSeconds} s): ${why ?? ''}`,
        );
      }
    }
    for (const words of degraded(view)) {
      const since = this.#degradedSince.get(words.split(' ')[0] ?? words) ?? now;
      if (seconds(now, since) >= this.#limits.degradedSeconds) return this.#stop(view, `degraded: ${words}`);
    }
    return undefined;
  }

  #judgeEnd(view: RollView, nodes: readonly NodeState[], now: number): RollVerdict | undefined {
    const allDone =
      nodes.length > 0 && nodes.every(({ stage, unready }) => stage === 'done' && unready === undefined);
    if (this.#startedAt === undefined) {
      if (seconds(now, this.#firstSeenAt ?? now) < this.#limits.startSeconds) return undefined;
      return {
        outcome: 'unknown',
        reason: `no roll began within ${this.#limits.startSeconds} s; calico-node is as it was`,
        commands: ['trail roll check'],
      };
    }
    if (!isComplete(view) || !allDone) {
      this.#completeSince = undefined;
      this.#wellSince = undefined;
      return undefined;
    }
    this.#completeSince ??= now;
    const open = unsettled(view);
    if (open.length > 0) {
      this.#wellSince = undefined;
      if (seconds(now, this.#completeSince) < this.#limits.finishSeconds) return undefined;
      return this.#stop(
        view,
        `all nodes are done, but not settled after ${this.#limits.finishSeconds} s: ${open.join(', ')}`,
      );
    }
    this.#wellSince ??= now;
    if (seconds(now, this.#wellSince) < this.#limits.settleSeconds) return undefined;
    const took = seconds(now, this.#startedAt);
    return {
      outcome: 'done',
      reason: `${nodes.length} nodes done in ${took} s, all components available`,
      commands: [],
    };
  }

  #stop(view: RollView, reason: string): RollVerdict {
    return { outcome: 'stop', reason, commands: rollback(view) };
  }

  #statusOf(nodes: readonly NodeState[], now: number): RollStatus {
    const done = nodes.filter(({ stage }) => stage === 'done').length;
    const left = nodes.length - done;
    const mean =
      this.#nodeSeconds.reduce((sum, each) => sum + each, 0) / Math.max(1, this.#nodeSeconds.length);
    return {
      phase: this.#startedAt === undefined ? 'waiting' : left > 0 ? 'rolling' : 'settling',
      nodes,
      elapsedSeconds: seconds(now, this.#startedAt ?? this.#firstSeenAt ?? now),
      nodeSeconds: [...this.#nodeSeconds],
      leftSeconds: this.#nodeSeconds.length === 0 || left === 0 ? undefined : Math.round(mean * left),
      unreadySeconds: new Map([...this.#unreadySince].map(([name, since]) => [name, seconds(now, since)])),
      awaySeconds: undefined,
    };
  }
}

function seconds(now: number, since: number): number {
  return Math.round((now - since) / 100) / 10;
}
