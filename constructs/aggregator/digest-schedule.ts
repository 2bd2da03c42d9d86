import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { aggregator, commands, env, paths } from '../../contract';
import { MountedFiles } from '../kubernetes/mounted-files';
import { ScheduledJob } from '../kubernetes/scheduled-job';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { componentLabels } from './labels';

export interface DigestScheduleProps {
  /** Image that runs `trail`, pinned. */
  readonly image: string;
  /** Secret for pulling the image. @default none */
  readonly imagePullSecret?: string | undefined;
  /** Five cron fields. @default 0 8 * * * */
  readonly schedule?: string | undefined;
  /** IANA time zone of the schedule. @default Europe/London */
  readonly timeZone?: string | undefined;
  /** Which cluster's edges are told. */
  readonly clusterName: string;
  /** Channel that the post names, e.g. `#alerts`. */
  readonly slackChannel: string;
  /** Secret that holds SLACK_WEBHOOK_URL. @default none: the digest prints instead of posting */
  readonly slackSecret?: string | undefined;
  /** Secret that holds DATABASE_URL. */
  readonly databaseSecret: string;
  /** Whether the CronJob exists already and is to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must be there before the first run. */
  readonly dependsOn: ITerraformDependable[];
}

/** The daily post of edges seen for the first time. */
export class DigestSchedule extends Construct {
  constructor(scope: Construct, id: string, props: DigestScheduleProps) {
    super(scope, id);
    new ScheduledJob(this, TRANSPARENT_ID, {
      dependsOn: props.dependsOn,
      namespace: aggregator.namespace,
      name: aggregator.digest,
      labels: componentLabels('digest'),
      schedule: props.schedule ?? '0 8 * * *',
      timeZone: props.timeZone ?? 'Europe/London',
      startingDeadlineSeconds: 600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      backoffLimit: 2,
      activeDeadlineSeconds: 300,
      ttlSecondsAfterFinished: 86_400,
      adopt: props.adopt ?? false,
      pod: {
        name: 'digest',
        image: props.image,
        args: commands.digest,
        ...(props.imagePullSecret !== undefined && { imagePullSecret: props.imagePullSecret }),
        environment: {
          [env.databaseUrlFile]: paths.databaseUrl,
          [env.clusterName]: props.clusterName,
          [env.slackChannel]: props.slackChannel,
        },
        secretEnvironment: {
          [env.databaseUrl]: { secretName: props.databaseSecret, key: aggregator.databaseSecretKey },
          ...(props.slackSecret !== undefined && {
            [env.slackWebhookUrl]: {
              secretName: props.slackSecret,
              key: aggregator.slackSecretKey,
              optional: true,
            },
          }),
        },
        files: [MountedFiles.fromSecret(props.databaseSecret, paths.database)],
      },
    });
  }
}
