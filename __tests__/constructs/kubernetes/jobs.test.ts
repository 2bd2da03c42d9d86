import { RunOnceJob, type RunOnceJobProps } from '../../../constructs/kubernetes/run-once-job';
import { ScheduledJob, type ScheduledJobProps } from '../../../constructs/kubernetes/scheduled-job';
import { synthConstruct } from '../../support/synth';

const pod = { name: 'work', image: 'example.org/work:1.0.0', args: ['run'] };
const common = { namespace: 'app', name: 'work', labels: { app: 'work' }, pod };

const scheduled = (more: Partial<ScheduledJobProps> = {}): Readonly<Record<string, unknown>> =>
  synthConstruct(
    (scope) => new ScheduledJob(scope, 'work', { ...common, schedule: '0 8 * * *', ...more }),
  ).resource('kubernetes_cron_job_v1.work');

const once = (more: Partial<RunOnceJobProps> = {}): Readonly<Record<string, unknown>> =>
  synthConstruct((scope) => new RunOnceJob(scope, 'work', { ...common, dependsOn: [], ...more })).resource(
    'kubernetes_job_v1.work',
  );

test('a scheduled job never overlaps itself and cleans up after itself', () => {
  expect(scheduled()['spec']).toMatchObject({
    schedule: '0 8 * * *',
    concurrency_policy: 'Forbid',
    successful_jobs_history_limit: 3,
    failed_jobs_history_limit: 3,
    job_template: {
      spec: { backoff_limit: 2, active_deadline_seconds: 300, ttl_seconds_after_finished: '86400' },
    },
  });
});

test('a name that Kubernetes would refuse for its Jobs, or a schedule of four fields, is refused first', () => {
  expect(() => scheduled({ name: 'n'.repeat(53), schedule: '0 8 * *' })).toThrow(
    /2 problems[^]*53 characters; a CronJob's name has at most 52[^]*"0 8 \* \*" is not a cron schedule/,
  );
});

test('an unpinned image is refused in the name of the construct that has it', () => {
  expect(() => scheduled({ pod: { ...pod, image: 'work' } })).toThrow(
    'test/work: 1 problem\n  image: "work"',
  );
  expect(() => once({ pod: { ...pod, image: 'work:latest' } })).toThrow('image: "work:latest" is not pinned');
});

test('a job that is waited for ends by Kubernetes before Terraform loses patience', () => {
  expect(once({ activeDeadlineSeconds: 90 })).toMatchObject({
    wait_for_completion: true,
    timeouts: { create: '3m', update: '3m' },
    spec: { active_deadline_seconds: 90, backoff_limit: 3 },
  });
});
