import { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1';
import { RoleV1 } from '@cdktf/provider-kubernetes/lib/role-v1';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import { Construct } from 'constructs';
import { commands, watchdog } from '../../contract';
import { ScheduledJob } from '../kubernetes/scheduled-job';
import { Adoption } from '../terraform/adoption';
import { templateText } from '../terraform/template-text';
import { validateProps } from '../validation';
import type { AdoptedNamespace } from './adopted-namespace';
import type { EarlyTier } from './early-tier';
import { releaseFacts } from './release-facts';
import { watchdogScript } from './watchdog-script';

/** When and with what the watchdog runs. */
export interface WhiskerWatchdogProps {
  /** Calico release, e.g. `v3.30.7`: from 3.32 on the watchdog needs a policy to reach the API server. */
  readonly version: string;
  /** calico-system. */
  readonly namespace: AdoptedNamespace;
  /**
   * Tier for that policy.
   * @default - none; needed from 3.32 on
   */
  readonly tier?: EarlyTier | undefined;
  /** `trail` runs our command; `kubectl` a shell script, for clusters that can't pull our image. */
  readonly runtime: 'trail' | 'kubectl';
  /** Pinned image with `trail`, or with `sh` and `kubectl`. */
  readonly image: string;
  /**
   * Secret in calico-system for pulling the image.
   * @default - none
   */
  readonly imagePullSecret?: string | undefined;
  /** Cron schedule. */
  readonly schedule: string;
  /** Connection errors within the window from which on the backend counts as hanging. */
  readonly errorThreshold: number;
  /** Minutes of log that are looked at. */
  readonly windowMinutes: number;
  /**
   * Whether its objects exist already and are to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
}

/** Image for the runtime `kubectl`: it has a shell, unlike registry.k8s.io/kubectl. */
export const DEFAULT_KUBECTL_IMAGE = 'docker.io/alpine/k8s:1.34.1';

const NAME = watchdog.cronJob;
const APP_LABEL = 'app.kubernetes.io/name';

/**
 * Restarts Whisker when its backend has lost Goldmane for good: the operator gives it no liveness probe and
 * the pod is the operator's, so none can be added. Least privilege: it reads pods and their logs and deletes
 * pods, in calico-system only.
 */
export class WhiskerWatchdog extends Construct {
  constructor(scope: Construct, id: string, props: WhiskerWatchdogProps) {
    super(scope, id);
    const facts = releaseFacts(this, props.version);
    const tiered = facts.operatorPolicies === 'projectcalico.org/v3';
    validateProps(this, [
      {
        invalid: !Number.isInteger(props.errorThreshold) || props.errorThreshold < 1,
        message: `errorThreshold: ${props.errorThreshold} would restart Whisker without cause; use a whole number from 1 on`,
      },
      {
        invalid:
          !Number.isInteger(props.windowMinutes) || props.windowMinutes < 1 || props.windowMinutes > 60,
        message: `windowMinutes: ${props.windowMinutes} is out of range; use a whole number from 1 to 60`,
      },
      {
        invalid: tiered && props.tier === undefined,
        message: `tier: Calico ${facts.series} denies other pods of calico-system all traffic; pass an EarlyTier`,
      },
    ]);
    const namespace = props.namespace.name;
    const metadata = { name: NAME, namespace };
    const serviceAccount = new ServiceAccountV1(this, 'service-account', { metadata });
    const role = new RoleV1(this, 'role', {
      metadata,
      rule: [
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'delete'] },
        { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      ],
    });
    const binding = new RoleBindingV1(this, 'role-binding', {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role.metadata.name },
      subject: [{ kind: 'ServiceAccount', name: serviceAccount.metadata.name, namespace }],
    });
    if (props.adopt === true) {
      for (const resource of [serviceAccount, role, binding]) {
        new Adoption(resource, `${props.namespace.plainName}/${NAME}`);
      }
    }
    new ScheduledJob(this, 'cron-job', {
      namespace: props.namespace.plainName,
      name: NAME,
      labels: { [APP_LABEL]: NAME },
      schedule: props.schedule,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      // The next look is near; a retry would only repeat this one.
      backoffLimit: 0,
      pod: {
        name: 'watchdog',
        image: props.image,
        ...run(props),
        serviceAccountName: NAME,
        ...(props.imagePullSecret !== undefined && { imagePullSecret: props.imagePullSecret }),
      },
      adopt: props.adopt ?? false,
      dependsOn: [serviceAccount, binding],
    });
    if (tiered) {
      // Told by its service, not by an address: the API server's differs between clusters and moves.
      props.tier?.addPolicy(this, 'policy', {
        name: NAME,
        selector: `${APP_LABEL} == '${NAME}'`,
        egress: [
          {
            action: 'Allow',
            protocol: 'TCP',
            destination: { services: { name: 'kubernetes', namespace: 'default' } },
          },
        ],
        adopt: props.adopt,
      });
    }
  }
}

function run(props: WhiskerWatchdogProps): { readonly args: string[]; readonly command?: string[] } {
  const { flags } = watchdog;
  if (props.runtime === 'kubectl') {
    return { command: ['/bin/sh', '-c'], args: [templateText(watchdogScript(props))] };
  }
  return {
    args: [
      ...commands.watchdog,
      `${flags.errorThreshold}=${props.errorThreshold}`,
      `${flags.windowMinutes}=${props.windowMinutes}`,
    ],
  };
}
