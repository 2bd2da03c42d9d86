import { connectKubernetes, type KubernetesOptions } from '../../../trail/kubernetes/client';
import { isConflict, isNotFound } from '../../../trail/kubernetes/errors';
import { startKubernetesApi, type KubernetesApi } from '../../support/kubernetes-api';

let api: KubernetesApi;
beforeEach(async () => void (api = await startKubernetesApi()));
afterEach(() => api.stop());

const core = async (options: Partial<KubernetesOptions> = {}) => {
  const kubernetes = await connectKubernetes({ env: { KUBECONFIG: api.kubeconfigPath }, ...options });
  return kubernetes.of((library) => library.CoreV1Api);
};
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'a', name: 'p', labels: { app: 'x' } } };

test('the cluster that KUBECONFIG names is asked', async () => {
  api.put('pods', pod);
  const { items } = await (await core()).listNamespacedPod({ namespace: 'a', labelSelector: 'app=x' });
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(['p']);
});

test.each([
  [401, /^\[kubernetes-unauthorized\] GET .*pods was answered 401: Unauthorized; check that/],
  [403, /^\[kubernetes-forbidden\] .* cannot do that; grant the verb/],
  [500, /^\[kubernetes-failed\] .* request timed out; try again/],
] as const)('an answer of %d says what to do', async (status, message) => {
  api.fail('GET', /pods/, status);
  await expect((await core()).listNamespacedPod({ namespace: 'a' })).rejects.toThrow(message);
});

test('a missing object and a conflict can be told from a failure', async () => {
  const client = await core();
  const missing = client.readNamespacedPod({ namespace: 'a', name: 'none' });
  await expect(missing).rejects.toThrow('pods "none" not found');
  await expect(missing.catch(isNotFound)).resolves.toBe(true);
  api.put('pods', pod);
  await expect(client.createNamespacedPod({ namespace: 'a', body: pod }).catch(isConflict)).resolves.toBe(
    true,
  );
});

test('a server that never answers does not hang the command', async () => {
  api.fail('GET', /pods/, 'hang');
  const client = await core({ timeoutSeconds: 0.2 });
  await expect(client.listNamespacedPod({ namespace: 'a' })).rejects.toThrow(
    /^\[kubernetes-timeout\] .* was not answered within 0\.2 s; check the network policies/,
  );
});

test('a connection that breaks and a server that is not there are told apart from an answer', async () => {
  api.fail('GET', /pods/, 'reset');
  const client = await core();
  await expect(client.listNamespacedPod({ namespace: 'a' })).rejects.toThrow(/^\[kubernetes-unreachable\]/);
  await api.stop();
  await expect(client.listNamespacedPod({ namespace: 'a' })).rejects.toThrow(
    /ECONNREFUSED.*; check the address/,
  );
});

test('SIGTERM ends a request under way', async () => {
  api.fail('GET', /pods/, 'hang');
  const stop = new AbortController();
  const request = (await core({ signal: stop.signal })).listNamespacedPod({ namespace: 'a' });
  stop.abort();
  await expect(request).rejects.toThrow(/^\[interrupted\]/);
});

test('without any cluster configured the error says how to name one', async () => {
  await expect(connectKubernetes({ env: { HOME: '/nonexistent' } })).rejects.toThrow(
    /^\[kubernetes-not-configured\] neither KUBECONFIG .* name a kubeconfig file with KUBECONFIG/,
  );
  await expect(connectKubernetes({ env: { KUBECONFIG: '/nonexistent' } })).rejects.toThrow(/ENOENT/);
});

test('a context that does not exist is refused with those that do', async () => {
  await expect(core({ context: 'prod' })).rejects.toThrow('no context "prod", there are: test');
});
