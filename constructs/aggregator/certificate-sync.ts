import { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1';
import { RoleV1, type RoleV1Rule } from '@cdktf/provider-kubernetes/lib/role-v1';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { aggregator, calico, commands } from '../../contract';
import type { HardenedPodProps } from '../kubernetes/hardened-pod';
import { RunOnceJob } from '../kubernetes/run-once-job';
import { ScheduledJob } from '../kubernetes/scheduled-job';
import { Adoption } from '../terraform/adoption';
import { componentLabels } from './labels';

export interface CertificateSyncProps {
  /** Image that runs `trail`, pinned. */
  readonly image: string;
  /** Secret for pulling the image. @default none */
  readonly imagePullSecret?: string | undefined;
  /** When the copies are compared with the operator's, five cron fields. @default every 10 minutes */
  readonly schedule?: string | undefined;
  /** Whether Job, CronJob, service account and roles exist already and are to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** The namespace, which service account and role need. */
  readonly namespace: ITerraformDependable;
  /** What must exist before the Job runs: the two copies, the network policies. */
  readonly dependsOn: ITerraformDependable[];
}

/** Seconds that the first run waits for the operator to make the pair; the Job's deadline is above it. */
const patienceSeconds = 240;

/**
 * Keeps the copies of the client key pair and of the CA bundle equal to the operator's: a Job that the
 * deployment waits for, and a CronJob. Their service account can read those two objects in calico-system,
 * read and patch the two copies, and nothing else.
 */
export class CertificateSync extends Construct {
  /** The Job, for what must wait until the certificates are there. */
  readonly job: RunOnceJob['resource'];

  constructor(scope: Construct, id: string, props: CertificateSyncProps) {
    super(scope, id);
    const { namespace, certSync: name } = aggregator;
    const adopt = props.adopt ?? false;
    const account = new ServiceAccountV1(this, 'account', {
      dependsOn: [props.namespace],
      metadata: { name, namespace, labels: componentLabels('certificate-sync') },
      automountServiceAccountToken: false,
    });
    if (adopt) new Adoption(account, `${namespace}/${name}`);
    const rights = [
      ...this.grant(
        'source',
        calico.namespace,
        ['get'],
        calico.clientKeyPairSecret,
        calico.caConfigMap,
        props,
      ),
      ...this.grant(
        'copy',
        namespace,
        ['get', 'patch'],
        aggregator.clientTlsSecret,
        aggregator.caConfigMap,
        props,
      ),
    ];
    const pod = (args: readonly string[]): HardenedPodProps => ({
      name: 'sync-certs',
      image: props.image,
      args: [...commands.syncCerts, ...args],
      serviceAccountName: name,
      ...(props.imagePullSecret !== undefined && { imagePullSecret: props.imagePullSecret }),
    });
    const dependsOn = [...props.dependsOn, account, ...rights];
    const labels = componentLabels('certificate-sync');
    this.job = new RunOnceJob(this, 'job', {
      namespace,
      name,
      labels,
      pod: pod(['--wait-seconds', String(patienceSeconds)]),
      activeDeadlineSeconds: patienceSeconds + 60,
      adopt,
      dependsOn,
    }).resource;
    new ScheduledJob(this, 'schedule', {
      namespace,
      name,
      labels,
      schedule: props.schedule ?? '*/10 * * * *',
      startingDeadlineSeconds: 300,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      backoffLimit: 1,
      activeDeadlineSeconds: 120,
      pod: pod([]),
      adopt,
      dependsOn: [this.job],
    });
  }

  /** A Role on exactly one Secret and one ConfigMap, bound to the service account. */
  private grant(
    id: string,
    namespace: string,
    verbs: string[],
    secret: string,
    configMap: string,
    props: CertificateSyncProps,
  ): ITerraformDependable[] {
    const name = aggregator.certSync;
    const labels = componentLabels('certificate-sync');
    const rule = (resource: string, object: string): RoleV1Rule => ({
      apiGroups: [''],
      resources: [resource],
      resourceNames: [object],
      verbs,
    });
    const role = new RoleV1(this, `${id}-role`, {
      dependsOn: [props.namespace],
      metadata: { name, namespace, labels },
      rule: [rule('secrets', secret), rule('configmaps', configMap)],
    });
    const binding = new RoleBindingV1(this, `${id}-binding`, {
      dependsOn: [role],
      metadata: { name, namespace, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subject: [{ kind: 'ServiceAccount', name, namespace: aggregator.namespace }],
    });
    if (props.adopt === true) {
      new Adoption(role, `${namespace}/${name}`);
      new Adoption(binding, `${namespace}/${name}`);
    }
    return [role, binding];
  }
}
