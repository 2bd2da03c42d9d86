import { paths } from '../../trail/roll/paths';
import type { WatchedApi } from './watched-api';

const UID = 'ds-uid';

/** Plays what the API shows of a cluster whose calico-node rolls: the objects, and each step of the roll. */
export class RollingCluster {
  readonly nodes: readonly string[];
  #revision = 1;
  #generation = 1;
  #images: string[];
  #young = 0;

  constructor(
    readonly api: WatchedApi,
    count: number,
    image = 'docker.io/calico/node:v3.30.7',
  ) {
    this.nodes = Array.from({ length: count }, (_, index) => `node-${index + 1}`);
    this.#images = [image];
    for (const path of [paths.deployments, paths.operatorDeployments, paths.allDaemonSets]) api.put(path);
    api.put(paths.nodes, ...this.nodes.map((name) => this.#node(name)));
    api.put(paths.revisions, this.#revisionObject(1));
    api.put(paths.statuses, this.#status('calico'), this.#status('apiserver'));
    for (const node of this.nodes) this.#putPod(node, 1, true);
    for (const name of ['goldmane', 'whisker']) {
      api.put(paths.deployments, {
        metadata: { name, namespace: 'calico-system', ...generation(1) },
        spec: { replicas: 1 },
        status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
      });
      api.put(paths.statuses, this.#status(name));
    }
    this.#putDaemonSet();
  }

  /** The template changes: the roll begins. */
  begin(image: string): void {
    this.#revision += 1;
    this.#generation += 1;
    this.#images.push(image);
    this.api.put(paths.revisions, this.#revisionObject(this.#revision));
    this.#putDaemonSet();
  }

  /** The old pod of a node goes and the new one comes, not ready yet. */
  replace(node: string): void {
    const old = this.api
      .list(paths.pods)
      .filter((pod) => (pod['spec'] as { nodeName: string }).nodeName === node);
    for (const pod of old) this.api.remove(paths.pods, pod.metadata.name);
    this.#putPod(node, this.#revision, false);
    this.#putDaemonSet();
  }

  /** The new pod of a node is ready. */
  finish(node: string): void {
    this.#putPod(node, this.#revision, true);
    this.#putDaemonSet();
  }

  /** A node's own readiness. */
  setReady(node: string, ready: boolean): void {
    this.api.put(paths.nodes, this.#node(node, ready));
  }

  degrade(name: string, message: string | undefined): void {
    this.api.put(paths.statuses, this.#status(name, message));
  }

  #putPod(node: string, revision: number, ready: boolean): void {
    this.#young += 1;
    this.api.put(paths.pods, {
      metadata: {
        name: `calico-node-${node}-${revision}`,
        namespace: 'calico-system',
        labels: { 'k8s-app': 'calico-node', 'controller-revision-hash': `hash-${revision}` },
        creationTimestamp: new Date(this.#young * 1000).toISOString(),
      },
      spec: { nodeName: node },
      status: {
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
        containerStatuses: [
          { name: 'calico-node', ready, state: ready ? {} : { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
      },
    });
  }

  #putDaemonSet(): void {
    const pods = this.api.list(paths.pods);
    const updated = pods.filter(
      (pod) => pod.metadata.labels?.['controller-revision-hash'] === `hash-${this.#revision}`,
    );
    const ready = pods.filter((pod) =>
      (pod['status'] as { conditions: { status: string }[] }).conditions.some(
        ({ status }) => status === 'True',
      ),
    );
    const daemonSet = {
      metadata: { name: 'calico-node', namespace: 'calico-system', uid: UID, generation: this.#generation },
      spec: {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        template: this.#template(this.#revision),
      },
      status: {
        observedGeneration: this.#generation,
        desiredNumberScheduled: this.nodes.length,
        updatedNumberScheduled: updated.length,
        numberReady: ready.length,
        numberAvailable: ready.length,
      },
    };
    this.api.put(paths.daemonSets, daemonSet);
    this.api.put(paths.allDaemonSets, daemonSet);
  }

  #template(revision: number): object {
    return { spec: { containers: [{ name: 'calico-node', image: this.#images[revision - 1], env: [] }] } };
  }

  #revisionObject(revision: number): never {
    return {
      metadata: {
        name: `calico-node-hash-${revision}`,
        namespace: 'calico-system',
        labels: { 'controller-revision-hash': `hash-${revision}` },
        ownerReferences: [{ uid: UID }],
      },
      revision,
      data: { spec: { template: this.#template(revision) } },
    } as never;
  }

  #node(name: string, ready = true): never {
    return {
      metadata: { name },
      spec: {},
      status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
    } as never;
  }

  #status(name: string, degraded?: string): never {
    const condition = (type: string, value: boolean, message?: string): object => ({
      type,
      status: value ? 'True' : 'False',
      ...(message !== undefined && { reason: 'PodFailure', message }),
    });
    const conditions = [
      condition('Available', degraded === undefined),
      condition('Progressing', false),
      condition('Degraded', degraded !== undefined, degraded),
    ];
    return { metadata: { name }, status: { conditions } } as never;
  }
}

function generation(value: number): object {
  return { generation: value };
}
