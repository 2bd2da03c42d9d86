import { PassThrough } from 'node:stream';
import { run } from '../../../trail/cli/run';
import { paths } from '../../../trail/roll/paths';
import { RollingCluster } from '../../support/rolling-cluster';
import { WatchedApi } from '../../support/watched-api';

let api: WatchedApi;
let cluster: RollingCluster;
beforeEach(async () => {
  api = await WatchedApi.start();
  cluster = new RollingCluster(api, 4);
});
afterEach(async () => api.stop());

interface Running {
  readonly lines: () => readonly string[];
  readonly code: Promise<number>;
  readonly stop: () => void;
  /** Waits until a line says so; fails with what was said instead. */
  readonly says: (pattern: RegExp) => Promise<void>;
  readonly err: () => string;
}

function trail(...args: readonly string[]): Running {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  let [out, err] = ['', ''];
  const waiting = new Set<() => void>();
  stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    for (const look of waiting) look();
  });
  stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = run(['roll', ...args, '--kubeconfig', api.kubeconfig], {
    env: {},
    stdin: new PassThrough(),
    stdout,
    stderr,
    signal: stop.signal,
  });
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(out)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void code.then((ended) => {
        if (!pattern.test(out))
          reject(new Error(`ended with ${ended} without ${String(pattern)}:\n${out}\n${err}`));
      });
    });
  return { lines: () => out.split('\n'), code, stop: () => stop.abort(), says, err: () => err };
}

const watch = (...args: readonly string[]): Running =>
  trail('watch', '--settle-seconds', '0.2', '--node-seconds', '30', ...args);

async function roll(running: Running, nodes: readonly string[]): Promise<void> {
  for (const node of nodes) {
    cluster.replace(node);
    await running.says(new RegExp(`${node}: calico-node is being replaced`));
    cluster.finish(node);
    await running.says(new RegExp(`${node}: done in`));
  }
}

describe('watch', () => {
  test('follows a roll to its end and checks the gates', async () => {
    const running = watch();
    cluster.begin('docker.io/calico/node:v3.31.7');
    await running.says(/calico-node rolls, 4 of 4 nodes to go/);
    await roll(running, cluster.nodes);
    expect(await running.code).toBe(0);
    expect(running.lines().at(-2)).toMatch(/^DONE {2}4 nodes done in [\d.]+ s, all components available$/);
  });

  test('stops at a node that wedges, and says how to go back', async () => {
    const running = watch('--node-seconds', '1');
    cluster.begin('docker.io/calico/node:v3.31.7');
    await roll(running, cluster.nodes.slice(0, 2));
    cluster.replace('node-3');
    expect(await running.code).toBe(3);
    const said = running.lines().join('\n');
    expect(said).toMatch(
      /STOP {2}node-3 is unready for [\d.]+ s \(limit 1 s\): calico-node is not ready \(CrashLoopBackOff\)/,
    );
    expect(said).toContain('scale deployment tigera-operator --replicas=0');
    expect(said).toContain('helm -n tigera-operator rollback calico');
  });

  test('goes on after the API server was away in the middle of a roll', async () => {
    const running = watch();
    cluster.begin('docker.io/calico/node:v3.31.7');
    await roll(running, cluster.nodes.slice(0, 1));
    await api.down();
    await running.says(/the API server does not answer/);
    cluster.replace('node-2');
    cluster.finish('node-2');
    await api.up();
    await running.says(/the API server answers again/);
    await running.says(/node-2: done in/);
    await roll(running, cluster.nodes.slice(2));
    expect(await running.code).toBe(0);
  });

  test('does not take an API server that stays away for a roll that went well', async () => {
    const running = watch('--away-seconds', '1');
    cluster.begin('docker.io/calico/node:v3.31.7');
    await running.says(/calico-node rolls/);
    await api.down();
    expect(await running.code).toBe(4);
    expect(running.lines().join('\n')).toContain('UNKNOWN  the API server has not answered for 1 s');
  });

  test('survives bookmarks, ended and expired watches, and pauses when it is asked to', async () => {
    const running = watch();
    cluster.begin('docker.io/calico/node:v3.31.7');
    await roll(running, ['node-1']);
    api.bookmark();
    api.endWatches();
    await roll(running, ['node-2']);
    api.fail(/watch=true/, { status: 429, headers: { 'retry-after': '1' } }, 3);
    api.expire();
    await roll(running, ['node-3', 'node-4']);
    expect(await running.code).toBe(0);
  });

  test('stops when a second node is unready', async () => {
    const running = watch();
    cluster.begin('docker.io/calico/node:v3.31.7');
    cluster.replace('node-1');
    await running.says(/node-1: calico-node is being replaced/);
    cluster.setReady('node-4', false);
    expect(await running.code).toBe(3);
    expect(running.lines().join('\n')).toMatch(
      /STOP {2}2 nodes are unready at once: node-1 .*node-4 \(the node is not Ready\)/,
    );
  });

  test('stops when a component is degraded, in the words of the operator', async () => {
    const running = watch('--degraded-seconds', '0.3');
    cluster.begin('docker.io/calico/node:v3.31.7');
    cluster.degrade('calico', 'Pod calico-system/calico-node-x is crash looping');
    expect(await running.code).toBe(3);
    expect(running.lines().join('\n')).toContain(
      'STOP  degraded: calico (PodFailure: Pod calico-system/calico-node-x is crash looping)',
    );
  });

  test('a component that recovers in time stops nothing', async () => {
    const running = watch('--degraded-seconds', '30');
    cluster.begin('docker.io/calico/node:v3.31.7');
    cluster.degrade('calico', 'for a moment');
    await running.says(/degraded: calico/);
    cluster.degrade('calico', undefined);
    await running.says(/calico is no longer degraded/);
    await roll(running, cluster.nodes);
    expect(await running.code).toBe(0);
  });

  test('all nodes done is not done while a component does not settle', async () => {
    const running = watch('--finish-seconds', '1', '--degraded-seconds', '60');
    cluster.begin('docker.io/calico/node:v3.31.7');
    cluster.degrade('whisker', 'no Goldmane');
    await roll(running, cluster.nodes);
    expect(await running.code).toBe(3);
    expect(running.lines().join('\n')).toContain('not settled after 1 s: whisker');
  });

  test('a second change on top of the first is rolled to its end, too', async () => {
    const running = watch('--settle-seconds', '1');
    cluster.begin('docker.io/calico/node:v3.31.6');
    await roll(running, cluster.nodes);
    cluster.begin('docker.io/calico/node:v3.31.7');
    await running.says(/the roll begins anew, 4 of 4 nodes to go/);
    for (const node of cluster.nodes) {
      cluster.replace(node);
      cluster.finish(node);
    }
    expect(await running.code).toBe(0);
  });

  test('no roll is neither a good nor a bad one', async () => {
    const running = watch('--start-seconds', '0.5');
    expect(await running.code).toBe(4);
    expect(running.lines().join('\n')).toContain('no roll began within 0.5 s');
  });

  test('an interruption is no verdict', async () => {
    const running = watch();
    cluster.begin('docker.io/calico/node:v3.31.7');
    await running.says(/calico-node rolls/);
    running.stop();
    expect(await running.code).toBe(4);
    expect(api.watching).toBe(0);
  });

  test('--json gives one object a line, the verdict last', async () => {
    const running = watch('--json');
    cluster.begin('docker.io/calico/node:v3.31.7');
    await roll(running, cluster.nodes);
    expect(await running.code).toBe(0);
    const objects = running
      .lines()
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { type: string });
    expect(objects[0]).toMatchObject({ type: 'started' });
    expect(objects.at(-1)).toMatchObject({ type: 'verdict', outcome: 'done', commands: [] });
    expect(objects.filter(({ type }) => type === 'node-done')).toHaveLength(4);
  });

  test('what may not be seen at the start fails at once, and says which right is missing', async () => {
    api.fail(/tigerastatuses/, { status: 403 });
    const running = watch();
    expect(await running.code).toBe(1);
    expect(running.err()).toMatch(/kubernetes-forbidden.*tigerastatuses/);
  });
});

describe('check', () => {
  const gates = async (
    ...args: readonly string[]
  ): Promise<Record<string, { state: string; seen: string[] }>> => {
    const running = trail('check', '--json', ...args);
    await running.code;
    const all = running.lines().filter((line) => line !== '');
    return Object.fromEntries(
      all.map((line) => JSON.parse(line) as { id: string }).map((gate) => [gate.id, gate]),
    ) as never;
  };

  test('passes on a healthy cluster', async () => {
    const running = trail('check');
    expect(await running.code).toBe(0);
    expect(running.lines().at(-2)).toBe('8 pass');
  });

  test.each<[string, string, () => void, RegExp]>([
    ['tigerastatus', 'fail', () => cluster.degrade('calico', 'why'), /calico is not Available/],
    ['calico-node', 'fail', () => cluster.replace('node-2'), /3 of 4 ready/],
    ['nodes', 'fail', () => cluster.setReady('node-2', false), /node-2 is not Ready/],
    [
      'goldmane',
      'fail',
      () => api.remove(paths.deployments, 'goldmane'),
      /no Deployment calico-system\/goldmane/,
    ],
    ['tigerastatus', 'unknown', () => api.fail(/tigerastatuses/, { status: 403 }), /kubernetes-forbidden/],
    ['calico-node', 'unknown', () => api.remove(paths.allDaemonSets, 'calico-node'), /there is no DaemonSet/],
    ['kubernetes-version', 'unknown', () => api.fail(/version/, { status: 500 }), /500/],
    ['nodes', 'unknown', () => api.fail(/nodes/, 'reset'), /kubernetes-unreachable/],
  ])('%s: %s', async (id, state, disturb, seen) => {
    disturb();
    const found = (await gates())[id]!;
    expect(found.state).toBe(state);
    expect(found.seen.join()).toMatch(seen);
  });

  test('a server that hangs leaves gates unknown', async () => {
    api.fail(/nodes/, 'hang');
    expect((await gates('--timeout-seconds', '0.5'))['nodes']!.state).toBe('unknown');
  });

  test('unknown is not pass, and fail is worse', async () => {
    api.fail(/tigerastatuses/, { status: 403 });
    expect(await trail('check').code).toBe(4);
    cluster.setReady('node-1', false);
    expect(await trail('check').code).toBe(3);
  });

  test('the hop decides which Kubernetes is supported', async () => {
    expect((await gates('--to', 'v3.31.7'))['kubernetes-version']!.state).toBe('pass');
    expect((await gates('--to', 'v3.33.0'))['kubernetes-version']!.seen.join()).toContain(
      'more than one hop',
    );
  });

  test('a version that is none is wrong usage', async () => {
    expect(await trail('check', '--to', '3.31').code).toBe(2);
  });
});

describe('--probe', () => {
  const pods = '/api/v1/namespaces/default/pods';
  const services = '/api/v1/namespaces/default/services';

  /** Plays the kubelet: servers become ready, clients end with this log. */
  function kubelet(log: string, ready = true): void {
    api.put(pods);
    api.put(services);
    api.onWrite = (method, path, object) => {
      if (method !== 'POST' || path !== pods || object === undefined) return;
      const isClient = object.metadata.name.includes('client');
      if (isClient) api.logs.set(object.metadata.name, log);
      const status = isClient
        ? { phase: 'Succeeded' }
        : {
            phase: 'Running',
            podIP: '10.0.0.1',
            conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
          };
      api.put(pods, { ...object, status });
    };
  }

  test('passes where every way is open, and leaves nothing behind', async () => {
    kubelet('pod yes\nservice yes\ndns yes\n');
    const running = trail('check', '--probe');
    expect(await running.code).toBe(0);
    expect(running.lines().join('\n')).toContain('node-2 → node-1: dns ok');
    expect([...api.list(pods), ...api.list(services)]).toEqual([]);
  });

  test('fails where one way is closed, and leaves nothing behind', async () => {
    kubelet('pod yes\nservice no\ndns yes\n');
    const running = trail('check', '--probe');
    expect(await running.code).toBe(3);
    expect(running.lines().join('\n')).toContain('node-3 → node-1: service no answer');
    expect([...api.list(pods), ...api.list(services)]).toEqual([]);
  });

  test('a log that does not say so is not a pass', async () => {
    kubelet('');
    expect(await trail('check', '--probe').code).toBe(4);
  });

  test('cleans up after an interruption, too', async () => {
    kubelet('', false);
    const running = trail('check', '--probe');
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (api.list(services).length === 0) return;
        clearInterval(look);
        resolve();
      }, 10);
    });
    running.stop();
    expect(await running.code).toBe(4);
    expect([...api.list(pods), ...api.list(services)]).toEqual([]);
  });

  test('says what it could not remove', async () => {
    kubelet('pod yes\nservice yes\ndns yes\n');
    api.fail(/^DELETE .*services/, { status: 403 });
    const running = trail('check', '--probe');
    expect(await running.code).toBe(4);
    expect(running.lines().join('\n')).toMatch(
      /not cleaned up .*kubectl -n default delete pods,services -l goldmane-trail\.dev\/probe=/,
    );
  });
});
