import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { CoreV1Api, V1Pod } from '@kubernetes/client-node';
import { isNotFound } from '../kubernetes/errors';
import type { Gate, GateState } from './gate';
import { clientPod, PROBE_LABEL, probeService, serverPod } from './probe-objects';

export interface ProbeOptions {
  /** Clients of requests that go on when the user interrupts: cleaning up must not be aborted. */
  readonly core: CoreV1Api;
  readonly namespace: string;
  readonly image: string;
  /** Seconds for the whole probe. */
  readonly timeoutSeconds: number;
  readonly pollSeconds: number;
  readonly signal: AbortSignal;
}

/** Nodes that ask; more would take longer and say little more. */
const CLIENTS = 3;

const ways = ['pod', 'service', 'dns'] as const;

/** Checks connectivity between nodes with short-lived pods, which are removed whatever happens. Never throws. */
export async function probe(nodes: readonly string[], options: ProbeOptions): Promise<Gate> {
  const gate = (state: GateState, ...seen: string[]): Gate => ({
    id: 'connectivity',
    title: 'pods on different nodes reach each other',
    state,
    seen,
  });
  const [server, ...others] = nodes;
  if (server === undefined || others.length === 0)
    return gate('unknown', 'it takes two ready nodes to probe between nodes');
  const run = randomBytes(4).toString('hex');
  const deadline = Date.now() + options.timeoutSeconds * 1000;
  let result: Gate;
  try {
    result = gate(...(await exchange(run, server, others.slice(0, CLIENTS), options, deadline)));
  } catch (error) {
    result = gate('unknown', options.signal.aborted ? 'interrupted' : messageOf(error));
  }
  const leftovers = await cleanUp(run, options);
  // Pods that stay behind are not a verdict on the network, but somebody has to know.
  return leftovers === undefined
    ? result
    : {
        ...result,
        state: result.state === 'pass' ? 'unknown' : result.state,
        seen: [...result.seen, leftovers],
      };
}

async function exchange(
  run: string,
  server: string,
  clients: readonly string[],
  options: ProbeOptions,
  deadline: number,
): Promise<[GateState, ...string[]]> {
  const { core, namespace, image } = options;
  const serverName = nameOf(
    await core.createNamespacedPod({ namespace, body: serverPod(run, server, image) }),
  );
  const service = await core.createNamespacedService({ namespace, body: probeService(run) });
  const ready = await until(options, deadline, async () => {
    const pod = await core.readNamespacedPod({ name: serverName, namespace });
    const isReady =
      pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
    return isReady && pod.status?.podIP !== undefined ? pod.status.podIP : undefined;
  });
  if (ready === undefined) return ['unknown', `the server pod on ${server} did not become ready in time`];
  const target = { podIP: ready, clusterIP: service.spec?.clusterIP ?? '', namespace };
  const seen: string[] = [];
  let state: GateState = 'pass';
  for (const [index, node] of clients.entries()) {
    await core.createNamespacedPod({ namespace, body: clientPod(run, index, node, image, target) });
  }
  for (const [index, node] of clients.entries()) {
    const name = `trail-probe-client-${run}-${index}`;
    const ended = await until(options, deadline, async () => {
      const { status } = await core.readNamespacedPod({ name, namespace });
      return status?.phase === 'Succeeded' || status?.phase === 'Failed' ? true : undefined;
    });
    const log = ended === undefined ? '' : await core.readNamespacedPodLog({ name, namespace });
    for (const way of ways) {
      const answer = new RegExp(`^${way} (yes|no)$`, 'm').exec(log)?.[1];
      if (answer === 'no') state = 'fail';
      else if (answer === undefined && state === 'pass') state = 'unknown';
      const word =
        answer === 'yes' ? 'ok' : answer === 'no' ? 'no answer' : 'not known: the client pod did not finish';
      seen.push(`${node} → ${server}: ${way} ${word}`);
    }
  }
  return [state, ...seen];
}

async function until<T>(
  options: ProbeOptions,
  deadline: number,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (;;) {
    options.signal.throwIfAborted();
    const found = await look();
    if (found !== undefined || Date.now() > deadline) return found;
    await delay(options.pollSeconds * 1000, undefined, { signal: options.signal });
  }
}

/** Removes everything of this run; what could not be removed is told with the command that does. */
async function cleanUp(run: string, { core, namespace }: ProbeOptions): Promise<string | undefined> {
  const labelSelector = `${PROBE_LABEL}=${run}`;
  const problems: string[] = [];
  const attempt = async (remove: () => Promise<unknown>): Promise<void> => {
    for (let left = 3; left > 0; left -= 1) {
      try {
        await remove();
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        if (left === 1) problems.push(messageOf(error));
      }
    }
  };
  await attempt(async () => {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    for (const pod of items)
      await core.deleteNamespacedPod({ name: nameOf(pod), namespace, gracePeriodSeconds: 0 });
  });
  await attempt(() => core.deleteNamespacedService({ name: `trail-probe-${run}`, namespace }));
  if (problems.length === 0) return undefined;
  return `not cleaned up (${problems[0] ?? ''}); run kubectl -n ${namespace} delete pods,services -l ${labelSelector}`;
}

function nameOf(object: V1Pod): string {
  return object.metadata?.name ?? '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
