import { parse } from 'yaml';
import { WhiskerWatchdog, type WhiskerWatchdogProps } from '../../../constructs/calico/whisker-watchdog';
import { synthCalico } from '../../support/calico-scope';
import type { Synthesized } from '../../support/synth';

const synth = (props: Partial<WhiskerWatchdogProps> = {}): Synthesized =>
  synthCalico(({ scope, namespace, tier }) => {
    new WhiskerWatchdog(scope, 'watchdog', {
      version: 'v3.30.7',
      namespace,
      tier,
      runtime: 'trail',
      image: 'example.com/trail:1.0.0',
      schedule: '*/10 * * * *',
      errorThreshold: 10,
      windowMinutes: 11,
      ...props,
    });
  });
const cronJob = (props: Partial<WhiskerWatchdogProps> = {}): Readonly<Record<string, unknown>> =>
  synth(props).resource('kubernetes_cron_job_v1.watchdog_cron-job');
const pod = 'spec.job_template.spec.template.spec';

test('it may read pods and logs and delete pods, in its own namespace, and nothing else', () => {
  const role = synth().resource('kubernetes_role_v1.watchdog_role');
  expect(role['rule']).toEqual([
    { api_groups: [''], resources: ['pods'], verbs: ['get', 'list', 'delete'] },
    { api_groups: [''], resources: ['pods/log'], verbs: ['get'] },
  ]);
  expect(role['metadata']).toEqual({
    name: 'whisker-watchdog',
    namespace: '${kubernetes_namespace_v1.calico-system.metadata[0].name}',
  });
});

test('the role is bound to its service account alone', () => {
  expect(synth().resource('kubernetes_role_binding_v1.watchdog_role-binding')).toMatchObject({
    role_ref: {
      api_group: 'rbac.authorization.k8s.io',
      kind: 'Role',
      name: '${kubernetes_role_v1.watchdog_role.metadata[0].name}',
    },
    subject: [
      {
        kind: 'ServiceAccount',
        name: '${kubernetes_service_account_v1.watchdog_service-account.metadata[0].name}',
        namespace: '${kubernetes_namespace_v1.calico-system.metadata[0].name}',
      },
    ],
  });
});

test('runs never overlap, never hang, and leave one success and one failure to look at', () => {
  expect(cronJob()['spec']).toMatchObject({
    schedule: '*/10 * * * *',
    concurrency_policy: 'Forbid',
    successful_jobs_history_limit: 1,
    failed_jobs_history_limit: 1,
    job_template: { spec: { active_deadline_seconds: 300, backoff_limit: 0 } },
  });
});

test('what an admission policy writes into dns_config does not drift', () => {
  expect(cronJob()['lifecycle']).toEqual({
    ignore_changes: ['spec[0].job_template[0].spec[0].template[0].spec[0].dns_config'],
  });
});

test("it runs our command with the settings' thresholds, in a hardened pod", () => {
  const job = cronJob({ errorThreshold: 20, windowMinutes: 5, imagePullSecret: 'pull' });
  expect(job).toHaveProperty(`${pod}.container.0.args`, ['watchdog', '--errors=20', '--minutes=5']);
  expect(job).toHaveProperty(`${pod}.container.0.image`, 'example.com/trail:1.0.0');
  expect(job).toHaveProperty(`${pod}.container.0.security_context.read_only_root_filesystem`, true);
  expect(job).toHaveProperty(`${pod}.image_pull_secrets`, [{ name: 'pull' }]);
  expect(job).toHaveProperty(`${pod}.restart_policy`, 'Never');
});

test('a cluster that cannot pull our image runs a script in a plain kubectl image instead', () => {
  const job = cronJob({ runtime: 'kubectl', image: 'example.com/kubectl:1.34.1' });
  expect(job).toHaveProperty(`${pod}.container.0.command`, ['/bin/sh', '-c']);
  expect(job).toHaveProperty(
    `${pod}.container.0.args.0`,
    expect.stringContaining('kubectl --namespace calico-system get pods --selector k8s-app=goldmane'),
  );
});

test('up to 3.31 nothing holds it back from the API server, so no policy is needed', () => {
  expect(synth().addresses).not.toContain('kubectl_manifest.watchdog_policy');
});

test('from 3.32 on, where calico-system denies other pods everything, it may reach the API server', () => {
  const policy = synth({ version: 'v3.32.1' }).resource('kubectl_manifest.watchdog_policy');
  expect(parse(policy['yaml_body'] as string)).toMatchObject({
    metadata: { name: 'goldmane-trail.whisker-watchdog', namespace: 'calico-system' },
    spec: {
      tier: 'goldmane-trail',
      selector: "app.kubernetes.io/name == 'whisker-watchdog'",
      types: ['Egress'],
      egress: [
        {
          action: 'Allow',
          protocol: 'TCP',
          destination: { services: { name: 'kubernetes', namespace: 'default' } },
        },
      ],
    },
  });
  expect(cronJob({ version: 'v3.32.1' })).toHaveProperty('spec.job_template.spec.template.metadata.labels', {
    'app.kubernetes.io/name': 'whisker-watchdog',
  });
});

test('all its existing objects are imported', () => {
  const id = 'calico-system/whisker-watchdog';
  expect(synth({ adopt: true }).imports).toEqual({
    'kubernetes_service_account_v1.watchdog_service-account': id,
    'kubernetes_role_v1.watchdog_role': id,
    'kubernetes_role_binding_v1.watchdog_role-binding': id,
    'kubernetes_cron_job_v1.watchdog_cron-job': id,
  });
});

test('thresholds that would restart Whisker without cause are refused', () => {
  const attempt = (): unknown =>
    synth({ errorThreshold: 0, windowMinutes: 61, version: 'v3.32.1', tier: undefined });
  expect(attempt).toThrow(/^test\/watchdog: 3 problems/);
  expect(attempt).toThrow(/errorThreshold: 0 would restart Whisker without cause/);
  expect(attempt).toThrow(/windowMinutes: 61 is out of range; use a whole number from 1 to 60/);
  expect(attempt).toThrow(/tier: Calico 3\.32 denies other pods of calico-system all traffic/);
  expect(() => synth({ image: 'example.com/trail:latest' })).toThrow(/image: ".*latest" is not pinned/);
});
