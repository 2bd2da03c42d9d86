import { startKubernetesApi, type KubernetesApi } from '../../support/kubernetes-api';
import { runTrail, type Outcome } from '../../support/run-trail';

let api: KubernetesApi;
beforeEach(async () => {
  api = await startKubernetesApi();
  putGoldmane('True');
});
afterEach(() => api.stop());

const namespace = 'calico-system';
const backend = 'whisker-backend';
const error = 'time="…" level=error msg="failed to stream flows: code = Unavailable: i/o timeout"\n';

const look = (...flags: string[]): Promise<Outcome> =>
  runTrail(['watchdog', ...flags], { KUBECONFIG: api.kubeconfigPath });

function putPod(app: string, name: string, status: object, metadata: object = {}): string {
  return api.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { 'k8s-app': app }, ...metadata },
    status,
  });
}

function putGoldmane(ready: 'True' | 'False'): void {
  putPod('goldmane', 'goldmane-1', { conditions: [{ type: 'Ready', status: ready }] });
}

function putWhisker(errors: number, state: object = { running: {} }, metadata: object = {}): string {
  api.logs.set(`${namespace}/whisker-1/${backend}`, `starting\n${error.repeat(errors)}`);
  const containerStatuses = [
    { name: 'whisker', state: { running: {} } },
    { name: backend, state },
  ];
  return putPod('whisker', 'whisker-1', { containerStatuses }, metadata);
}

const deletions = (): number => api.requests.filter(({ method }) => method === 'DELETE').length;

test('a hanging backend is restarted, and the line says why', async () => {
  const path = putWhisker(10);
  expect(await look()).toEqual({
    exitCode: 0,
    stdout: 'restarted whisker: whisker-1 logged 10 connection errors in 11 min while goldmane is ready\n',
    stderr: '',
  });
  expect(api.get(path)).toBeUndefined();
});

test('just the pod that was seen is deleted, not a fresh one of the same name', async () => {
  const path = putWhisker(10);
  const uid = api.get(path)?.metadata['uid'];
  await look();
  expect(api.requests.at(-1)).toMatchObject({ method: 'DELETE', path, body: { preconditions: { uid } } });
});

test('the log of the last 11 minutes of the backend is asked for, no other', async () => {
  putWhisker(0);
  await look();
  const { path, query } = api.requests.at(-1)!;
  expect(path).toBe(`/api/v1/namespaces/${namespace}/pods/whisker-1/log`);
  expect(Object.fromEntries(query)).toMatchObject({ container: backend, sinceSeconds: '660' });
});

test('a backend with few errors is left alone', async () => {
  putWhisker(9);
  const { exitCode, stdout } = await look();
  expect(stdout).toBe('left alone: whisker-1 logged 9 connection errors in 11 min, 10 mean it hangs\n');
  expect([exitCode, deletions()]).toEqual([0, 0]);
});

test('a backend that has logged nothing is left alone', async () => {
  putWhisker(0);
  api.logs.clear();
  expect((await look()).stdout).toMatch(/^left alone: whisker-1 logged 0 connection errors/);
});

test('while Goldmane is not ready Whisker is left alone', async () => {
  putWhisker(500);
  putGoldmane('False');
  const { exitCode, stdout } = await look();
  expect(stdout).toBe('left alone: goldmane is not ready, restarting whisker would not help\n');
  expect([exitCode, deletions()]).toEqual([0, 0]);
});

test('a Goldmane pod that is being deleted does not count as ready', async () => {
  putWhisker(500);
  const conditions = [{ type: 'Ready', status: 'True' }];
  putPod('goldmane', 'goldmane-1', { conditions }, { deletionTimestamp: '2026-06-28T08:00:00Z' });
  expect((await look()).stdout).toMatch(/^left alone: goldmane is not ready/);
});

test('a backend that is only starting, or a pod on its way out, is not restarted', async () => {
  putWhisker(500, { waiting: { reason: 'ContainerCreating' } });
  expect((await look()).stdout).toBe('left alone: no whisker pod is running\n');
  putWhisker(500, { running: {} }, { deletionTimestamp: '2026-06-28T08:00:00Z' });
  expect((await look()).stdout).toBe('left alone: no whisker pod is running\n');
});

test('thresholds are flags', async () => {
  putWhisker(3);
  expect((await look('--errors', '3', '--minutes', '5')).stdout).toMatch(/^restarted .* in 5 min/);
  expect((await look('--errors', '0')).exitCode).toBe(2);
  expect((await look('--minutes', '1e3')).stderr).toMatch(/use a whole number from 1 to 1440/);
});

test('a dry run restarts nothing', async () => {
  putWhisker(10);
  expect((await look('--dry-run')).stdout).toMatch(/^would restart whisker: whisker-1 logged 10/);
  expect(deletions()).toBe(0);
});

test('a pod that goes between two requests is not an error', async () => {
  putWhisker(10);
  api.fail('GET', /\/log$/, 404);
  expect(await look()).toMatchObject({ exitCode: 0, stdout: 'left alone: no whisker pod is running\n' });
  api.heal();
  api.fail('DELETE', /whisker-1$/, 409);
  expect((await look()).stdout).toMatch(/^left alone, the pod was replaced meanwhile: /);
});

test.each([
  ['GET', /pods$/, 403, '[kubernetes-forbidden]'],
  ['GET', /\/log$/, 403, '[kubernetes-forbidden]'],
  ['GET', /\/log$/, 500, '[kubernetes-failed]'],
  ['DELETE', /whisker-1$/, 403, '[kubernetes-forbidden]'],
  ['GET', /pods$/, 'reset', '[kubernetes-unreachable]'],
] as const)('a failing %s %s (%s) fails the run and says what to do', async (method, path, fault, code) => {
  putWhisker(10);
  api.fail(method, path, fault);
  const { exitCode, stdout, stderr } = await look();
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`trail: ${code}`);
});

test('SIGTERM ends a look at a server that hangs', async () => {
  api.fail('GET', /pods$/, 'hang');
  const stop = new AbortController();
  const ended = runTrail(['watchdog'], { KUBECONFIG: api.kubeconfigPath }, stop.signal);
  while (api.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  const { exitCode, stderr } = await ended;
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^trail: \[interrupted\]/);
});
