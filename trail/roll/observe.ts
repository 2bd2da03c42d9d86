import type { RawGet } from '../kubernetes/raw';
import type { ClusterState } from './gates';
import type { Seen } from './gate';
import { list, readJson } from './list';
import type { DaemonSet, Deployment, Node, TigeraStatus } from './objects';
import { paths } from './paths';

/** Asks once for everything that the gates look at. What is refused or fails is said in its place. */
export async function observe(
  get: RawGet,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<ClusterState> {
  const options = { timeoutSeconds, signal };
  const all = async <T>(path: string): Promise<Seen<readonly T[]>> =>
    seen(async () => (await list<T>(get, path, options)).items);
  const [statuses, daemonSets, nodes, calico, operator, kubernetes] = await Promise.all([
    all<TigeraStatus>(paths.statuses),
    all<DaemonSet>(paths.allDaemonSets),
    all<Node>(paths.nodes),
    all<Deployment>(paths.deployments),
    all<Deployment>(paths.operatorDeployments),
    seen(
      async () => (await readJson<{ readonly gitVersion: string }>(get, paths.version, options)).gitVersion,
    ),
  ]);
  signal.throwIfAborted();
  const deployments: Seen<readonly Deployment[]> =
    'error' in calico
      ? calico
      : 'error' in operator
        ? operator
        : { value: [...calico.value, ...operator.value] };
  return { statuses, daemonSets, nodes, deployments, kubernetes };
}

async function seen<T>(ask: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
