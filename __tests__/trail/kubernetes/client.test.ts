import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectKubernetes, type KubernetesOptions } from '../../../trail/kubernetes/client';
import { isConflict, isNotFound } from '../../../trail/kubernetes/errors';
import { TestAuthority } from '../../support/certificates';
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

test('a pod without a service account token is told so', async () => {
  await expect(connectKubernetes({ env: { KUBERNETES_SERVICE_HOST: '10.96.0.1' } })).rejects.toThrow(
    /^\[kubernetes-not-configured\] this pod has no service account token/,
  );
});

test('a context that does not exist is refused with those that do', async () => {
  await expect(core({ context: 'prod' })).rejects.toThrow('no context "prod", there are: test');
});

describe('over TLS', () => {
  /** Lists pods from a server whose certificate is of one authority, trusting another or the same. */
  async function list(trusted: 'its authority' | 'another authority'): Promise<unknown> {
    const folder = mkdtempSync(join(tmpdir(), 'kubernetes-tls-'));
    const authority = await TestAuthority.create();
    const { certificate, key } = await authority.issue({
      name: 'api',
      usage: 'server',
      hosts: ['127.0.0.1'],
    });
    const server = createServer({ cert: certificate, key }, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"kind":"PodList","apiVersion":"v1","items":[]}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { bundle } = trusted === 'its authority' ? authority : await TestAuthority.create();
      const cluster = {
        server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
        'certificate-authority-data': Buffer.from(bundle).toString('base64'),
      };
      const file = join(folder, 'kubeconfig');
      const config = {
        clusters: [{ name: 'c', cluster }],
        users: [{ name: 'u', user: { token: 't' } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      };
      writeFileSync(file, JSON.stringify(config));
      return await (await core({ kubeconfigPath: file })).listNamespacedPod({ namespace: 'a' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
      server.closeAllConnections();
      server.close();
    }
  }

  test('a server of the authority in the kubeconfig is trusted', async () => {
    await expect(list('its authority')).resolves.toMatchObject({ items: [] });
  });

  test('a server of another authority is not', async () => {
    await expect(list('another authority')).rejects.toThrow(
      /^\[kubernetes-untrusted\] .*certificate is not trusted/,
    );
  });
});
