import type { CoreV1Api, V1Pod } from '@kubernetes/client-node';
import { calico } from '../../contract';
import { isConflict, isNotFound } from '../kubernetes/errors';

/** A pod that was seen, told from a later one of the same name. */
export interface SeenPod {
  readonly name: string;
  readonly uid: string;
}

/** Most of a log that is looked at; a hanging backend writes a few lines a second. */
const LOG_LIMIT_BYTES = 4 * 1024 * 1024;

/** Goldmane's and Whisker's pods in one namespace, as the watchdog needs them. */
export class FlowPlanePods {
  constructor(
    private readonly core: CoreV1Api,
    private readonly namespace: string,
  ) {}

  /** Whether at least one Goldmane pod is Ready and stays. */
  async isGoldmaneReady(): Promise<boolean> {
    const pods = await this.list(calico.goldmaneSelector);
    return pods.some((pod) =>
      pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
  }

  /** Whisker's pods whose backend runs; one that is starting or stopping has nothing to tell. */
  async runningWhiskers(): Promise<readonly SeenPod[]> {
    const pods = await this.list(calico.whiskerSelector);
    return pods
      .filter((pod) =>
        pod.status?.containerStatuses?.some(
          ({ name, state }) => name === calico.whiskerBackendContainer && state?.running !== undefined,
        ),
      )
      .map(({ metadata }) => ({ name: metadata?.name ?? '', uid: metadata?.uid ?? '' }));
  }

  /** What its backend logged in the last minutes; undefined where the pod has gone meanwhile. */
  async backendLog({ name }: SeenPod, minutes: number): Promise<string | undefined> {
    try {
      return await this.core.readNamespacedPodLog({
        namespace: this.namespace,
        name,
        container: calico.whiskerBackendContainer,
        sinceSeconds: minutes * 60,
        limitBytes: LOG_LIMIT_BYTES,
      });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Deletes exactly this pod; false where it has gone already, e.g. was replaced meanwhile. */
  async delete({ name, uid }: SeenPod): Promise<boolean> {
    try {
      await this.core.deleteNamespacedPod({
        namespace: this.namespace,
        name,
        body: { preconditions: { uid } },
      });
      return true;
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return false;
      throw error;
    }
  }

  private async list(labelSelector: string): Promise<readonly V1Pod[]> {
    const { items } = await this.core.listNamespacedPod({ namespace: this.namespace, labelSelector });
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }
}
