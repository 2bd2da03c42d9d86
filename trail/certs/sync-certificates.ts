import type * as Library from '@kubernetes/client-node';
import { aggregator, calico } from '../../contract';
import { TrailError } from '../errors';
import type { Kubernetes } from '../kubernetes/client';
import { isConflict, isNotFound } from '../kubernetes/errors';
import { inspectKeyPair, type KeyPairFacts } from './inspect-key-pair';

export interface SyncOptions {
  /** Namespace of the operator's pair and bundle. */
  readonly sourceNamespace: string;
  /** Namespace of the copies. */
  readonly targetNamespace: string;
  /** Check and compare, but write nothing. */
  readonly dryRun: boolean;
}

/** What was done, or in a dry run would have been. */
export interface SyncOutcome {
  readonly pair: KeyPairFacts;
  readonly pairChanged: boolean;
  readonly caChanged: boolean;
}

const certificateKey = 'tls.crt';
const privateKeyKey = 'tls.key';
const conflictsTolerated = 3;

/**
 * Makes the copies of the client pair and of the CA bundle equal to the operator's. Nothing is written
 * unless the pair is whole, valid and chains to the bundle; nothing is written that is equal already. Throws
 * a TrailError.
 */
export async function syncCertificates(kubernetes: Kubernetes, options: SyncOptions): Promise<SyncOutcome> {
  const library = await import('@kubernetes/client-node');
  const api = kubernetes.of(({ CoreV1Api }) => CoreV1Api);
  for (let attempt = 1; ; attempt++) {
    try {
      return await syncOnce(api, mergePatch(library), options);
    } catch (error) {
      if (!isConflict(error) || attempt > conflictsTolerated) throw error;
    }
  }
}

async function syncOnce(
  api: Library.CoreV1Api,
  patchOptions: Library.ConfigurationOptions,
  { sourceNamespace, targetNamespace, dryRun }: SyncOptions,
): Promise<SyncOutcome> {
  const { clientKeyPairSecret, caConfigMap: sourceCa, caConfigMapKey } = calico;
  const [secret, configMap] = await Promise.all([
    found(
      api.readNamespacedSecret({ name: clientKeyPairSecret, namespace: sourceNamespace }),
      `the operator's Secret ${sourceNamespace}/${clientKeyPairSecret}`,
      'deploy the calico stack with Whisker on and wait until its tigerastatus is Available',
    ),
    found(
      api.readNamespacedConfigMap({ name: sourceCa, namespace: sourceNamespace }),
      `the operator's ConfigMap ${sourceNamespace}/${sourceCa}`,
      'deploy the calico stack and wait until its tigerastatus is Available',
    ),
  ]);
  const certificate = decoded(secret, certificateKey);
  const key = decoded(secret, privateKeyKey);
  const ca = configMap.data?.[caConfigMapKey] ?? '';
  const pair = inspectKeyPair({ certificate, key, ca }, new Date());

  const { clientTlsSecret, caConfigMap } = aggregator;
  const remedy = 'deploy the goldmane-edge-aggregator stack, which makes it';
  const target = { namespace: targetNamespace };
  const [secretCopy, configMapCopy] = await Promise.all([
    found(
      api.readNamespacedSecret({ ...target, name: clientTlsSecret }),
      `the copy ${targetNamespace}/${clientTlsSecret}`,
      remedy,
    ),
    found(
      api.readNamespacedConfigMap({ ...target, name: caConfigMap }),
      `the copy ${targetNamespace}/${caConfigMap}`,
      remedy,
    ),
  ]);
  const caChanged = configMapCopy.data?.[caConfigMapKey] !== ca;
  const pairChanged =
    decoded(secretCopy, certificateKey) !== certificate || decoded(secretCopy, privateKeyKey) !== key;
  if (dryRun) return { pair, pairChanged, caChanged };

  // The bundle first: whoever sees only half of the change then trusts more, not less.
  if (caChanged) {
    const body = { metadata: unchangedSince(configMapCopy), data: { [caConfigMapKey]: ca } };
    await api.patchNamespacedConfigMap({ ...target, name: caConfigMap, body }, patchOptions);
  }
  if (pairChanged) {
    const data = { [certificateKey]: encoded(certificate), [privateKeyKey]: encoded(key) };
    const body = { metadata: unchangedSince(secretCopy), data };
    await api.patchNamespacedSecret({ ...target, name: clientTlsSecret, body }, patchOptions);
  }
  return { pair, pairChanged, caChanged };
}

/** With it the API server refuses the patch if somebody else wrote in between. */
function unchangedSince(object: { metadata?: Library.V1ObjectMeta }): {
  resourceVersion: string | undefined;
} {
  return { resourceVersion: object.metadata?.resourceVersion };
}

async function found<T>(request: Promise<T>, what: string, remedy: string): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    if (!isNotFound(cause)) throw cause;
    throw new TrailError('certificate-object-missing', `${what} does not exist`, remedy, { cause });
  }
}

function decoded(secret: Library.V1Secret, key: string): string {
  return Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function mergePatch(library: typeof Library): Library.ConfigurationOptions {
  return library.setHeaderOptions('Content-Type', library.PatchStrategy.MergePatch);
}
