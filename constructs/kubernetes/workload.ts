import type { CronJobV1Config } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import type { DeploymentV1Config } from '@cdktf/provider-kubernetes/lib/deployment-v1';
import type { JobV1Config } from '@cdktf/provider-kubernetes/lib/job-v1';
import { TerraformResource, type TerraformMetaArguments } from 'cdktf';
import type { Construct } from 'constructs';

interface Configs {
  readonly kubernetes_cron_job_v1: CronJobV1Config;
  readonly kubernetes_deployment_v1: DeploymentV1Config;
  readonly kubernetes_job_v1: JobV1Config;
}

/** Resource types that run pods. */
export type WorkloadType = keyof Configs;

/** Maps whose keys are the user's and stay as they are. */
const VERBATIM = new Set(['annotations', 'labels', 'limits', 'matchLabels', 'nodeSelector', 'requests']);
const META_ARGUMENTS = new Set([
  'connection',
  'count',
  'dependsOn',
  'forEach',
  'lifecycle',
  'provider',
  'provisioners',
]);

/**
 * A resource that runs pods: the types of `@cdktf/provider-kubernetes`, without its code. Each of its three
 * workload modules repeats the whole pod schema as classes, a megabyte that takes most of the time of a
 * synthesis to load; what they do with it is rename keys, and so does this.
 */
export class Workload<T extends WorkloadType> extends TerraformResource {
  readonly #config: Configs[T];

  constructor(scope: Construct, id: string, type: T, config: Configs[T]) {
    const meta: TerraformMetaArguments = config;
    super(scope, id, {
      ...meta,
      terraformResourceType: type,
      terraformGeneratorMetadata: { providerName: 'kubernetes' },
    });
    this.#config = config;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const attributes = Object.entries(this.#config).filter(([name]) => !META_ARGUMENTS.has(name));
    return renamed(Object.fromEntries(attributes)) as Record<string, unknown>;
  }
}

/** Keys as Terraform spells them; undefined values are left to CDKTF, which drops them. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      VERBATIM.has(key) ? each : renamed(each),
    ]),
  );
}
