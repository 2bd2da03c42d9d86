import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { hardenedPodSpec, type HardenedPodProps } from './hardened-pod';
import { Workload } from './workload';

export interface RunOnceJobProps {
  readonly namespace: string;
  readonly name: string;
  /** Labels of the Job and its pod. */
  readonly labels: Readonly<Record<string, string>>;
  /** Retries, each in a new pod. @default 3 */
  readonly backoffLimit?: number | undefined;
  /** Seconds after which Kubernetes ends the Job as failed. @default 300 */
  readonly activeDeadlineSeconds?: number | undefined;
  readonly pod: HardenedPodProps;
  /** Whether the Job exists already and is to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must exist before. */
  readonly dependsOn: ITerraformDependable[];
}

/**
 * A Job that the deployment waits for. It runs again whenever its pod changes, a new image included; its
 * work must be idempotent. It has no time to live: a Job that went by itself would be made anew by the next
 * apply.
 */
export class RunOnceJob extends Construct {
  /** The resource itself, for what must wait until the Job is done. */
  readonly resource: Workload<'kubernetes_job_v1'>;

  constructor(scope: Construct, id: string, props: RunOnceJobProps) {
    super(scope, id);
    const deadline = props.activeDeadlineSeconds ?? 300;
    // Kubernetes gives up first and leaves a failed Job with a reason; Terraform only reports it.
    const patience = `${Math.ceil(deadline / 60) + 1}m`;
    this.resource = new Workload(this, TRANSPARENT_ID, 'kubernetes_job_v1', {
      dependsOn: props.dependsOn,
      metadata: { name: props.name, namespace: props.namespace, labels: { ...props.labels } },
      spec: {
        backoffLimit: props.backoffLimit ?? 3,
        activeDeadlineSeconds: deadline,
        template: { metadata: { labels: { ...props.labels } }, spec: hardenedPodSpec(this, props.pod) },
      },
      waitForCompletion: true,
      timeouts: { create: patience, update: patience },
      lifecycle: {
        // An admission webhook sets ndots there.
        ignoreChanges: ['spec[0].template[0].spec[0].dns_config'],
      },
    });
    if (props.adopt === true) new Adoption(this.resource, `${props.namespace}/${props.name}`);
  }
}
