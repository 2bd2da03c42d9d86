import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { aggregator, commands, database, env, paths } from '../../contract';
import { MountedFiles } from '../kubernetes/mounted-files';
import { RunOnceJob } from '../kubernetes/run-once-job';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { componentLabels } from './labels';

export interface DatabaseInitProps {
  /** Image that runs `trail`, pinned. */
  readonly image: string;
  /** Secret for pulling the image. @default none */
  readonly imagePullSecret?: string | undefined;
  /** PostgreSQL server, host name without a port. */
  readonly host: string;
  /** Its TCP port. */
  readonly port: number;
  /** Secret that holds `username` and `password` of a role that may make roles and databases. */
  readonly adminSecret: string;
  /**
   * Secret whose DATABASE_URL holds the password that the new role is to have.
   * @default none: somebody else, Vault's static role, sets it
   */
  readonly credentialsSecret?: string | undefined;
  /** Whether the Job exists already and is to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must be there before. */
  readonly dependsOn: ITerraformDependable[];
}

/**
 * The Job that makes, or confirms, the trail's role and database. It alone sees the administrator's
 * credentials, as mounted files: no variable, argument or log line holds them.
 */
export class DatabaseInit extends Construct {
  /** The Job, for what must wait until the database is there. */
  readonly job: RunOnceJob['resource'];

  constructor(scope: Construct, id: string, props: DatabaseInitProps) {
    super(scope, id);
    const credentials = props.credentialsSecret;
    this.job = new RunOnceJob(this, TRANSPARENT_ID, {
      namespace: aggregator.namespace,
      name: aggregator.dbInit,
      labels: componentLabels('database-init'),
      backoffLimit: 3,
      activeDeadlineSeconds: 300,
      adopt: props.adopt,
      dependsOn: props.dependsOn,
      pod: {
        name: 'db-init',
        image: props.image,
        args: commands.dbInit,
        ...(props.imagePullSecret !== undefined && { imagePullSecret: props.imagePullSecret }),
        environment: {
          [env.databaseHost]: props.host,
          [env.databasePort]: String(props.port),
          [env.databaseName]: database.name,
          [env.databaseRole]: database.role,
          [env.databaseAdminUsernameFile]: paths.databaseAdminUsername,
          [env.databaseAdminPasswordFile]: paths.databaseAdminPassword,
          ...(credentials !== undefined && { [env.databaseUrlFile]: paths.databaseUrl }),
        },
        files: [
          MountedFiles.fromSecret(props.adminSecret, paths.databaseAdmin),
          ...(credentials === undefined ? [] : [MountedFiles.fromSecret(credentials, paths.database)]),
        ],
      },
    }).resource;
  }
}
