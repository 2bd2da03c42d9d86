import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aggregator, commands, endpoints, env, paths, ports } from '../contract';
import { parseSettings } from '../settings';
import { GoldmaneEdgeAggregatorStack } from '../stacks/goldmane-edge-aggregator';
import { aggregatorEnvironment, parseConfig } from '../trail/aggregator/config';
import { registry } from '../trail/cli/registry';
import { parseDbInitConfig } from '../trail/db-init/config';
import { parseDigestConfig } from '../trail/digest/config';
import { synthStack } from './support/synth';

interface Container {
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volume_mount?: readonly { readonly name: string; readonly mount_path: string }[];
  readonly [field: string]: unknown;
}

const stack = synthStack(
  (app) =>
    new GoldmaneEdgeAggregatorStack(app, 'stack', parseSettings({ aggregator: { secrets: 'existing' } })),
);

function containersIn(value: unknown): Container[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === 'container' ? (each as Container[]) : containersIn(each),
  );
}

const containerOf = (address: string): Container => containersIn(stack.resource(address))[0]!;

/** The environment as the pod gets it, values from Secrets filled in. */
const environmentOf = (address: string): Record<string, string> =>
  Object.fromEntries(
    (containerOf(address).env ?? []).map(({ name, value }) => [
      name,
      value ?? (name === env.databaseUrl ? 'postgresql://u:p@h/d' : ''),
    ]),
  );

const deployment = 'kubernetes_deployment_v1.aggregator';

test('the Deployment sets just the variables that the aggregator reads', () => {
  expect(Object.keys(environmentOf(deployment)).sort()).toEqual([...aggregatorEnvironment].sort());
});

test('the aggregator accepts them, and finds its files where they are mounted', () => {
  const config = parseConfig(environmentOf(deployment));
  expect(config).toMatchObject({
    goldmane: {
      address: 'goldmane.calico-system.svc.cluster.local:7443',
      serverName: 'goldmane.calico-system.svc.cluster.local',
      insecure: false,
    },
    tls: { cert: paths.clientCert, key: paths.clientKey, ca: paths.caBundle },
    // The file, which changes under it; not the variable of the day the pod started.
    database: { file: paths.databaseUrl },
    httpPort: ports.http,
  });
  const mounted = (containerOf(deployment).volume_mount ?? []).map(({ mount_path: path }) => `${path}/`);
  for (const file of [config.tls.cert, config.tls.key, config.tls.ca, paths.databaseUrl]) {
    expect(mounted.filter((folder) => file.startsWith(folder))).toHaveLength(1);
  }
});

test('probes ask where the aggregator answers', () => {
  const text = JSON.stringify(containerOf(deployment));
  for (const path of [endpoints.health, endpoints.ready]) {
    expect(text).toContain(`"path":"${path}","port":"${ports.http}"`);
  }
});

test('the digest accepts what its CronJob sets', () => {
  expect(parseDigestConfig(environmentOf('kubernetes_cron_job_v1.digest'))).toEqual({
    webhookUrl: undefined,
    channel: '#alerts',
    dryRun: false,
  });
});

test('the database set-up accepts what its Job sets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'contract-'));
  try {
    const environment = environmentOf('kubernetes_job_v1.database-init');
    for (const variable of [env.databaseAdminUsernameFile, env.databaseAdminPasswordFile]) {
      const mounted = containerOf('kubernetes_job_v1.database-init').volume_mount ?? [];
      expect(mounted.some(({ mount_path: path }) => environment[variable]?.startsWith(`${path}/`))).toBe(
        true,
      );
      environment[variable] = join(folder, variable);
      writeFileSync(environment[variable], variable);
    }
    expect(parseDbInitConfig(environment)).toMatchObject({
      host: 'pg-cluster-rw.dbaas.svc.cluster.local',
      port: ports.postgres,
      name: 'goldmane_edges',
      role: 'goldmane_edges',
      roleUrlFile: paths.databaseUrl,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every command that a pod runs exists', () => {
  const run = stack.addresses
    .flatMap((address) => containersIn(stack.resource(address)))
    .map(({ args }) => args[0]!);
  expect(new Set(run)).toEqual(new Set(['aggregate', 'digest', 'sync-certs', 'db-init']));
  for (const command of [...run, ...Object.values(commands).flat()]) expect(registry).toHaveProperty(command);
});

test('names of the reference deployment are kept: people and alerts know them', () => {
  expect(aggregator).toMatchObject({
    namespace: 'goldmane-edge-aggregator',
    deployment: 'goldmane-edge-aggregator',
    clientTlsSecret: 'goldmane-client-tls',
    caConfigMap: 'tigera-ca-bundle',
    dbInit: 'goldmane-edges-db-init',
    digest: 'goldmane-edges-digest',
    databaseSecret: 'goldmane-edges-db-creds',
    slackSecret: 'goldmane-edges-slack',
  });
});
