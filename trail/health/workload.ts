import { X509Certificate } from 'node:crypto';
import { aggregator } from '../../contract';
import { connectKubernetes, type KubernetesOptions } from '../kubernetes/client';
import { isNotFound } from '../kubernetes/errors';

/** The aggregator's Deployment and certificate, as Kubernetes has them. Each read throws a TrailError of its own. */
export interface Workload {
  /** The condition Available; undefined = there is no such Deployment. */
  available(): Promise<{ readonly status: string; readonly message?: string } | undefined>;
  /** End of the client certificate, Unix seconds; undefined = there is none. */
  certificateEnd(): Promise<number | undefined>;
}

/** Looks at `namespace` of the cluster that the options name. */
export async function openWorkload(options: KubernetesOptions, namespace: string): Promise<Workload> {
  const kubernetes = await connectKubernetes(options);
  return {
    async available() {
      const api = kubernetes.of((library) => library.AppsV1Api);
      const found = await orMissing(api.readNamespacedDeployment({ namespace, name: aggregator.deployment }));
      if (found === undefined) return undefined;
      const condition = found.status?.conditions?.find(({ type }) => type === 'Available');
      return {
        status: condition?.status ?? 'Unknown',
        ...(condition?.message !== undefined && { message: condition.message }),
      };
    },
    async certificateEnd() {
      const api = kubernetes.of((library) => library.CoreV1Api);
      const found = await orMissing(
        api.readNamespacedSecret({ namespace, name: aggregator.clientTlsSecret }),
      );
      const text = found?.data?.['tls.crt'];
      if (text === undefined || text === '') return undefined;
      return Date.parse(new X509Certificate(Buffer.from(text, 'base64')).validTo) / 1000;
    },
  };
}

async function orMissing<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
