import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';
import { hardenedPodSpec, type HardenedPodProps } from './hardened-pod';
import { Workload } from './workload';

export interface ScheduledJobProps {
  readonly namespace: string;
  /** Name of the CronJob; at most 52 characters, Kubernetes adds 11 for each Job. */
  readonly name: string;
  /** Labels of the CronJob, its Jobs and their pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Five cron fields. */
  readonly schedule: string;
  /** IANA time zone of the schedule. @default the controller manager's, mostly UTC */
  readonly timeZone?: string;
  /** Seconds after its time within which a missed run is still started. @default no limit */
  readonly startingDeadlineSeconds?: number;
  /** Finished Jobs kept. @default 3 */
  readonly successfulJobsHistoryLimit?: number;
  /** Failed Jobs kept. @default 3 */
  readonly failedJobsHistoryLimit?: number;
  /** Retries of one run. @default 2 */
  readonly backoffLimit?: number;
  /** Seconds after which a run is ended. @default 300 */
  readonly activeDeadlineSeconds?: number;
  /** Seconds after which a finished Job and its logs go. @default 86400, a day */
  readonly ttlSecondsAfterFinished?: number;
  readonly pod: HardenedPodProps;
  /** Whether the CronJob exists already and is to be imported. @default false */
  readonly adopt?: boolean;
  /** What must exist before. @default what the props refer to */
  readonly dependsOn?: ITerraformDependable[];
}

/** A CronJob of one hardened pod that never runs twice at a time. */
export class ScheduledJob extends Construct {
  constructor(scope: Construct, id: string, props: ScheduledJobProps) {
    super(scope, id);
    validateProps(this, [
      {
        invalid: props.name.length > 52,
        message: `name: "${props.name}" has ${props.name.length} characters; a CronJob's name has at most 52`,
      },
      {
        invalid: !/^(\S+\s+){4}\S+$/.test(props.schedule),
        message: `schedule: "${props.schedule}" is not a cron schedule; give five fields, e.g. "0 8 * * *"`,
      },
    ]);
    const labels = { ...props.labels };
    const cronJob = new Workload(this, TRANSPARENT_ID, 'kubernetes_cron_job_v1', {
      ...(props.dependsOn !== undefined && { dependsOn: props.dependsOn }),
      metadata: { name: props.name, namespace: props.namespace, labels },
      spec: {
        schedule: props.schedule,
        ...(props.timeZone !== undefined && { timezone: props.timeZone }),
        concurrencyPolicy: 'Forbid',
        ...(props.startingDeadlineSeconds !== undefined && {
          startingDeadlineSeconds: props.startingDeadlineSeconds,
        }),
        successfulJobsHistoryLimit: props.successfulJobsHistoryLimit ?? 3,
        failedJobsHistoryLimit: props.failedJobsHistoryLimit ?? 3,
        jobTemplate: {
          metadata: { labels },
          spec: {
            backoffLimit: props.backoffLimit ?? 2,
            activeDeadlineSeconds: props.activeDeadlineSeconds ?? 300,
            ttlSecondsAfterFinished: String(props.ttlSecondsAfterFinished ?? 86_400),
            template: { metadata: { labels }, spec: hardenedPodSpec(this, props.pod) },
          },
        },
      },
      lifecycle: {
        // An admission webhook sets ndots there.
        ignoreChanges: ['spec[0].job_template[0].spec[0].template[0].spec[0].dns_config'],
      },
    });
    if (props.adopt === true) new Adoption(cronJob, `${props.namespace}/${props.name}`);
  }
}
