import { aggregator as names, env, paths } from '../../contract';
import { parseSettings } from '../../settings';
import { GoldmaneEdgeAggregatorStack } from '../../stacks/goldmane-edge-aggregator';
import { synthStack, type Synthesized } from '../support/synth';

const synth = (aggregator: object = {}, more: object = {}): Synthesized =>
  synthStack(
    (app) =>
      new GoldmaneEdgeAggregatorStack(
        app,
        'goldmane-edge-aggregator',
        parseSettings({ aggregator, ...more }),
      ),
  );

const deployment = 'kubernetes_deployment_v1.aggregator';
const fresh = synth();
const everything = synth({
  adopt: true,
  monitoring: { serviceMonitor: true, prometheusRule: true, labels: { release: 'prometheus' } },
});
const existing = synth({ secrets: 'existing' });

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly value_from?: object }[];
  readonly volume_mount?: readonly { readonly name: string; readonly mount_path: string }[];
  readonly [field: string]: unknown;
}

interface PodSpec {
  readonly container: readonly [Container];
  readonly service_account_name?: string;
  readonly [field: string]: unknown;
}

const at = (value: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce<unknown>((each, key) => (each as Record<string, unknown> | undefined)?.[key], value);

function podOf(stack: Synthesized, address: string): PodSpec {
  const { spec } = stack.resource(address) as { spec: unknown };
  const path = address.startsWith('kubernetes_cron') ? ['job_template', 'spec', 'template'] : ['template'];
  return at(spec, ...path, 'spec') as PodSpec;
}

const containerOf = (stack: Synthesized, address: string): Container => podOf(stack, address).container[0];

const variables = (container: Container): Record<string, string | undefined> =>
  Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));

const podAddresses = (stack: Synthesized): string[] =>
  stack.addresses.filter((address) => /^kubernetes_(deployment|cron_job|job)_v1\./.test(address));

describe('the whole stack, resource by resource', () => {
  test('fresh, secrets from Vault', () => {
    expect(fresh.json).toMatchSnapshot();
  });

  test('secrets that exist already', () => {
    expect(existing.json).toMatchSnapshot();
  });

  test('everything adopted, with the Prometheus operator', () => {
    expect(everything.json).toMatchSnapshot();
  });
});

describe('order', () => {
  const waitsFor = (stack: Synthesized, address: string): Set<string> => {
    const direct = (stack.resource(address)['depends_on'] ?? []) as readonly string[];
    return new Set(direct.flatMap((each) => [each, ...waitsFor(stack, each)]));
  };

  test('nothing starts before what it needs: namespace, certificates, database, static role, secret, program', () => {
    const chain = [
      'kubernetes_namespace_v1.namespace',
      'kubernetes_job_v1.certificate-sync_job',
      'kubernetes_job_v1.database-init',
      'vault_database_secret_backend_static_role.database-static-role',
      'kubectl_manifest.database-credentials',
      deployment,
      'kubernetes_cron_job_v1.digest',
    ];
    for (const [index, address] of chain.entries()) {
      for (const earlier of chain.slice(0, index)) expect(waitsFor(fresh, address)).toContain(earlier);
    }
  });

  test('no pod runs before the network policies hold', () => {
    const policies = fresh.addresses.filter((address) => address.startsWith('kubernetes_network_policy'));
    expect(policies).toHaveLength(6);
    for (const address of podAddresses(fresh)) {
      for (const policy of policies) expect(waitsFor(fresh, address)).toContain(policy);
    }
  });

  test('everything waits for the namespace', () => {
    for (const address of everything.addresses.filter((each) => !each.startsWith('kubernetes_namespace'))) {
      expect(waitsFor(everything, address)).toContain('kubernetes_namespace_v1.namespace');
    }
  });

  test('the deployment waits until Jobs are done, and gives up after Kubernetes has', () => {
    for (const job of ['certificate-sync_job', 'database-init']) {
      const resource = fresh.resource(`kubernetes_job_v1.${job}`);
      expect(resource['wait_for_completion']).toBe(true);
      expect(at(resource, 'spec', 'active_deadline_seconds')).toBe(300);
      expect(at(resource, 'timeouts', 'create')).toBe('6m');
      expect(at(resource, 'spec', 'backoff_limit')).toBe(3);
      // Gone by itself, it would be made anew by every apply.
      expect(at(resource, 'spec', 'ttl_seconds_after_finished')).toBeUndefined();
    }
  });
});

describe('namespace', () => {
  const labels = (stack: Synthesized): unknown =>
    at(stack.resource('kubernetes_namespace_v1.namespace'), 'metadata', 'labels');

  test('it carries tier and pod security level, and leaves the admission-stamped label alone', () => {
    expect(labels(fresh)).toEqual({ tier: '4-aux', 'pod-security.kubernetes.io/enforce': 'restricted' });
    expect(at(fresh.resource('kubernetes_namespace_v1.namespace'), 'lifecycle', 'ignore_changes')).toEqual([
      'metadata[0].labels["goldilocks.fairwinds.com/vpa-update-mode"]',
    ]);
  });

  test('tier, update controller and pod security follow the settings', () => {
    const stack = synth({
      namespace: { tier: '3-edge', keelEnrolled: true, podSecurity: 'unset', labels: { team: 'net' } },
    });
    expect(labels(stack)).toEqual({ tier: '3-edge', 'keel.sh/enrolled': 'true', team: 'net' });
  });
});

describe('certificates', () => {
  test('the Secret is a write-only shell: no key can come into the state', () => {
    expect(fresh.resource('kubernetes_secret_v1.certificates_key-pair')).toMatchObject({
      metadata: { name: names.clientTlsSecret, namespace: names.namespace },
      data_wo: {},
      data_wo_revision: 1,
    });
    expect(fresh.resource('kubernetes_secret_v1.certificates_key-pair')).not.toHaveProperty('data');
    expect(
      at(fresh.resource('kubernetes_config_map_v1.certificates_ca'), 'lifecycle', 'ignore_changes'),
    ).toEqual(['data']);
  });

  test('an adopting deployment never imports the Secret: the import would read the key', () => {
    expect(Object.keys(everything.imports)).not.toContain('kubernetes_secret_v1.certificates_key-pair');
  });

  test('the sync may read two objects of calico-system and patch the two copies, nothing more', () => {
    const role = (id: string): Record<string, unknown> =>
      fresh.resource(`kubernetes_role_v1.certificate-sync_${id}-role`);
    const rule = (resource: string, object: string, verbs: string[]): object => ({
      api_groups: [''],
      resources: [resource],
      resource_names: [object],
      verbs,
    });
    expect(role('source')).toMatchObject({ metadata: { namespace: 'calico-system' } });
    expect(role('source')['rule']).toEqual([
      rule('secrets', 'whisker-backend-key-pair', ['get']),
      rule('configmaps', 'tigera-ca-bundle', ['get']),
    ]);
    expect(role('copy')).toMatchObject({ metadata: { namespace: names.namespace } });
    expect(role('copy')['rule']).toEqual([
      rule('secrets', 'goldmane-client-tls', ['get', 'patch']),
      rule('configmaps', 'tigera-ca-bundle', ['get', 'patch']),
    ]);
    expect(fresh.addresses.filter((address) => address.includes('cluster_role'))).toEqual([]);
  });

  test('a Job at deploy waits for a pair, a CronJob every 10 minutes keeps it fresh', () => {
    expect(containerOf(fresh, 'kubernetes_job_v1.certificate-sync_job').args).toEqual([
      'sync-certs',
      '--wait-seconds',
      '240',
    ]);
    const schedule = fresh.resource('kubernetes_cron_job_v1.certificate-sync_schedule');
    expect(at(schedule, 'spec', 'schedule')).toBe('*/10 * * * *');
    expect(at(schedule, 'spec', 'concurrency_policy')).toBe('Forbid');
    expect(containerOf(fresh, 'kubernetes_cron_job_v1.certificate-sync_schedule').args).toEqual([
      'sync-certs',
    ]);
  });

  test('only the sync holds an API token', () => {
    for (const address of podAddresses(everything)) {
      const isSync = address.includes('certificate-sync');
      expect(podOf(everything, address)).toMatchObject({ automount_service_account_token: isSync });
      expect(podOf(everything, address).service_account_name).toBe(isSync ? names.certSync : undefined);
    }
  });
});

describe('database', () => {
  test("the administrator's credentials reach the set-up Job alone, as files", () => {
    const mounts = (address: string): string[] =>
      (containerOf(fresh, address).volume_mount ?? []).map(({ name }) => name);
    for (const address of podAddresses(fresh)) {
      const expected = address === 'kubernetes_job_v1.database-init';
      expect(mounts(address).includes(names.databaseAdminSecret)).toBe(expected);
    }
    expect(variables(containerOf(fresh, 'kubernetes_job_v1.database-init'))).toEqual({
      [env.databaseHost]: 'pg-cluster-rw.dbaas.svc.cluster.local',
      [env.databasePort]: '5432',
      [env.databaseName]: 'goldmane_edges',
      [env.databaseRole]: 'goldmane_edges',
      [env.databaseAdminUsernameFile]: '/etc/trail/database-admin/username',
      [env.databaseAdminPasswordFile]: '/etc/trail/database-admin/password',
    });
  });

  test('Vault rotates the password every 7 days', () => {
    expect(fresh.resource('vault_database_secret_backend_static_role.database-static-role')).toMatchObject({
      backend: 'database',
      db_name: 'postgresql',
      name: 'pg-goldmane-edges',
      username: 'goldmane_edges',
      rotation_period: 604_800,
    });
  });

  test('the connection string is rendered in the cluster, the password percent-encoded', () => {
    const { yaml_body: yaml, wait_for: wait } = fresh.resource('kubectl_manifest.database-credentials') as {
      yaml_body: string;
      wait_for: unknown;
    };
    expect(yaml).toContain('apiVersion: external-secrets.io/v1\n');
    expect(yaml).toContain('name: vault-database\n');
    expect(yaml).toContain('key: static-creds/pg-goldmane-edges\n');
    expect(yaml).toContain('refreshInterval: 15m\n');
    expect(yaml).toContain(
      'DATABASE_URL: postgresql://{{ .username | urlquery | replace "+" "%20" }}:{{ .password | urlquery | replace "+" "%20" }}@pg-cluster-rw.dbaas.svc.cluster.local:5432/goldmane_edges\n',
    );
    expect(wait).toEqual([{ condition: [{ type: 'Ready', status: 'True' }] }]);
  });

  test('another stack may own the static role, another the database', () => {
    const stack = synth({ vault: { staticRole: { create: false } }, database: { init: false } });
    expect(stack.addresses.filter((address) => /vault_|database-init|database-admin/.test(address))).toEqual(
      [],
    );
    expect(stack.json).not.toHaveProperty(['provider', 'vault']);
  });
});

describe('secrets that exist already', () => {
  test('neither Vault nor External Secrets is needed', () => {
    expect(existing.addresses.filter((address) => /^(vault_|kubectl_manifest)/.test(address))).toEqual([]);
    expect(Object.keys(existing.json['provider'] as object)).toEqual(['kubernetes']);
  });

  test('the set-up Job gives the role the password that the user chose', () => {
    const container = containerOf(existing, 'kubernetes_job_v1.database-init');
    expect(variables(container)[env.databaseUrlFile]).toBe(paths.databaseUrl);
    expect(container.volume_mount).toContainEqual({
      name: names.databaseSecret,
      mount_path: paths.database,
      read_only: true,
    });
  });

  test('they go by the names that the user gave them', () => {
    const stack = synth({
      secrets: 'existing',
      existingSecrets: { database: 'my-db', databaseAdmin: 'my-admin', slack: 'my-slack' },
    });
    expect(JSON.stringify(podOf(stack, deployment))).toContain('"secret_name":"my-db"');
    expect(JSON.stringify(podOf(stack, 'kubernetes_job_v1.database-init'))).toContain('"my-admin"');
    expect(JSON.stringify(podOf(stack, 'kubernetes_cron_job_v1.digest'))).toContain('"my-slack"');
  });

  test('without a Slack secret the digest only prints', () => {
    expect(variables(containerOf(existing, 'kubernetes_cron_job_v1.digest'))).not.toHaveProperty(
      env.slackWebhookUrl,
    );
    expect(
      variables(containerOf(synth({ vault: { slack: null } }), 'kubernetes_cron_job_v1.digest')),
    ).not.toHaveProperty(env.slackWebhookUrl);
  });
});

describe('aggregator', () => {
  test('it is told everything by its environment, secrets by reference and by file', () => {
    const container = containerOf(fresh, deployment);
    expect(variables(container)).toEqual({
      [env.goldmaneHost]: 'goldmane.calico-system.svc.cluster.local:7443',
      [env.goldmaneServerName]: 'goldmane.calico-system.svc.cluster.local',
      [env.goldmaneTlsInsecure]: 'false',
      [env.tlsCertPath]: '/etc/goldmane/tls/tls.crt',
      [env.tlsKeyPath]: '/etc/goldmane/tls/tls.key',
      [env.caCertPath]: '/etc/goldmane/ca/tigera-ca-bundle.crt',
      [env.databaseUrlFile]: '/etc/trail/database/DATABASE_URL',
      [env.databaseUrl]: undefined,
      [env.clusterName]: 'default',
      [env.multiServiceNamespaces]: 'monitoring,kube-system,dbaas',
      [env.settleAgeSeconds]: '600',
      [env.maxServicesPerPair]: '256',
      [env.edgeDayRetentionDays]: '400',
      [env.httpPort]: '9090',
      [env.logLevel]: 'info',
    });
    expect(container.env).toContainEqual({
      name: 'DATABASE_URL',
      value_from: {
        secret_key_ref: { name: names.databaseSecret, key: 'DATABASE_URL', optional: false },
      },
    });
    expect((container.volume_mount ?? []).map(({ name, mount_path: path }) => [name, path])).toEqual([
      ['goldmane-client-tls', '/etc/goldmane/tls'],
      ['tigera-ca-bundle', '/etc/goldmane/ca'],
      ['goldmane-edges-db-creds', '/etc/trail/database'],
    ]);
  });

  test('requests, limit and probes', () => {
    const container = containerOf(fresh, deployment);
    expect(container['resources']).toEqual({
      requests: { cpu: '10m', memory: '128Mi' },
      limits: { memory: '128Mi' },
    });
    const get = (path: string): object => ({ path, port: '9090', scheme: 'HTTP' });
    expect(at(container, 'liveness_probe', 'http_get')).toEqual(get('/healthz'));
    expect(at(container, 'readiness_probe', 'http_get')).toEqual(get('/readyz'));
    expect(at(container, 'startup_probe', 'http_get')).toEqual(get('/healthz'));
  });

  test('the Reloader annotation is a fallback that can be left out', () => {
    const annotations = (stack: Synthesized): unknown =>
      at(stack.resource(deployment), 'metadata', 'annotations');
    expect(annotations(fresh)).toEqual({ 'secret.reloader.stakater.com/reload': names.databaseSecret });
    expect(annotations(synth({ reloader: false }))).toEqual({});
  });

  test('the image is left to CI only if the settings say so', () => {
    const ignored = (stack: Synthesized): unknown =>
      at(stack.resource(deployment), 'lifecycle', 'ignore_changes');
    const dns = 'spec[0].template[0].spec[0].dns_config';
    expect(ignored(fresh)).toEqual([dns]);
    expect(ignored(synth({ imageManagedBy: 'ci' }))).toEqual([
      dns,
      'spec[0].template[0].spec[0].container[0].image',
    ]);
  });

  test('image, pull secret and replicas follow the settings, in every pod', () => {
    const stack = synth({ image: 'example.org/trail:9.9.9', imagePullSecret: 'pull', replicas: 2 });
    expect(at(stack.resource(deployment), 'spec', 'replicas')).toBe('2');
    // Both on one node would die with it.
    expect(podOf(stack, deployment)['topology_spread_constraint']).toMatchObject([
      { topology_key: 'kubernetes.io/hostname', when_unsatisfiable: 'ScheduleAnyway' },
    ]);
    for (const address of podAddresses(stack)) {
      expect(containerOf(stack, address).image).toBe('example.org/trail:9.9.9');
      expect(podOf(stack, address)['image_pull_secrets']).toEqual([{ name: 'pull' }]);
    }
  });

  test('certificate verification is off only with a reason, which stays visible on the Deployment', () => {
    expect(() => synth({ goldmane: { tlsInsecure: true } })).toThrow(
      'goldmaneTlsInsecure: true lets anything on the network write the trail',
    );
    const reason = 'a lab without an operator';
    expect(() => synth({ goldmane: { tlsInsecureReason: reason } })).toThrow('remove the reason');
    const stack = synth({ goldmane: { tlsInsecure: true, tlsInsecureReason: reason } });
    expect(variables(containerOf(stack, deployment))[env.goldmaneTlsInsecure]).toBe('true');
    expect(
      at(stack.resource(deployment), 'metadata', 'annotations', 'goldmane-trail/tls-insecure-reason'),
    ).toBe(reason);
  });
});

test('the digest runs as the reference has it', () => {
  const { spec } = fresh.resource('kubernetes_cron_job_v1.digest') as { spec: Record<string, unknown> };
  expect(spec).toMatchObject({
    schedule: '0 8 * * *',
    timezone: 'Europe/London',
    concurrency_policy: 'Forbid',
    starting_deadline_seconds: 600,
    successful_jobs_history_limit: 3,
    failed_jobs_history_limit: 3,
    job_template: {
      spec: { backoff_limit: 2, active_deadline_seconds: 300, ttl_seconds_after_finished: '86400' },
    },
  });
  const container = containerOf(fresh, 'kubernetes_cron_job_v1.digest');
  expect(container.args).toEqual(['digest']);
  expect(variables(container)).toMatchObject({ [env.slackChannel]: '#alerts' });
  expect(container.env).toContainEqual({
    name: 'SLACK_WEBHOOK_URL',
    value_from: { secret_key_ref: { name: names.slackSecret, key: 'SLACK_WEBHOOK_URL', optional: true } },
  });
});

test('every pod is hardened and pinned, and ignores the admission-stamped DNS settings', () => {
  expect(podAddresses(everything)).toHaveLength(5);
  for (const address of podAddresses(everything)) {
    expect(podOf(everything, address)['security_context']).toMatchObject({
      run_as_non_root: true,
      seccomp_profile: { type: 'RuntimeDefault' },
    });
    expect(containerOf(everything, address)['security_context']).toMatchObject({
      allow_privilege_escalation: false,
      read_only_root_filesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(JSON.stringify(everything.resource(address)['lifecycle'])).toContain('dns_config');
  }
});

describe('adoption', () => {
  test('fresh imports nothing', () => {
    expect(fresh.imports).toEqual({});
  });

  test('everything that can exist is imported under the right id, but for the Secret with the key', () => {
    const adoptable = everything.addresses.filter((address) => !address.startsWith('kubernetes_secret_v1.'));
    expect(Object.keys(everything.imports).sort()).toEqual(adoptable);
    expect(everything.imports).toMatchObject({
      'kubernetes_namespace_v1.namespace': 'goldmane-edge-aggregator',
      [deployment]: 'goldmane-edge-aggregator/goldmane-edge-aggregator',
      'kubernetes_cron_job_v1.digest': 'goldmane-edge-aggregator/goldmane-edges-digest',
      'kubernetes_role_v1.certificate-sync_source-role': 'calico-system/goldmane-cert-sync',
      'kubectl_manifest.database-credentials':
        'external-secrets.io/v1//ExternalSecret//goldmane-edges-db-creds//goldmane-edge-aggregator',
      'vault_database_secret_backend_static_role.database-static-role':
        'database/static-roles/pg-goldmane-edges',
    });
  });

  test('a list adopts those parts and no others', () => {
    expect(Object.keys(synth({ adopt: ['namespace', 'digest'] }).imports).sort()).toEqual([
      'kubernetes_cron_job_v1.digest',
      'kubernetes_namespace_v1.namespace',
    ]);
  });
});

describe('monitoring', () => {
  test('objects of the Prometheus operator are made only where the settings say it is there', () => {
    const addresses = (stack: Synthesized): string[] =>
      stack.addresses.filter((address) => address.includes('monitoring'));
    expect(addresses(fresh)).toEqual([]);
    expect(addresses(synth({ monitoring: { prometheusRule: true } }))).toEqual([
      'kubectl_manifest.monitoring_prometheus-rule',
    ]);
    expect(addresses(everything)).toEqual([
      'kubectl_manifest.monitoring_prometheus-rule',
      'kubectl_manifest.monitoring_service-monitor',
      'kubernetes_service_v1.monitoring_service',
    ]);
  });

  test('scraping by annotation can be left out', () => {
    const annotations = (stack: Synthesized): unknown =>
      at(stack.resource(deployment), 'spec', 'template', 'metadata', 'annotations');
    expect(annotations(fresh)).toEqual({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9090',
      'prometheus.io/path': '/metrics',
    });
    expect(annotations(synth({ monitoring: { scrapeAnnotations: false } }))).toBeUndefined();
  });
});
