import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { aggregator, commands, endpoints, env, paths, ports } from '../../contract';
import { hardenedPodSpec } from '../kubernetes/hardened-pod';
import { MountedFiles } from '../kubernetes/mounted-files';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';
import { componentLabels, selectorLabels } from './labels';
import { Workload } from '../kubernetes/workload';

export interface EdgeAggregatorProps {
  /** Image that runs `trail`, pinned. */
  readonly image: string;
  /** `ci` = Terraform sets the image once and then leaves it alone. @default terraform */
  readonly imageManagedBy?: 'terraform' | 'ci' | undefined;
  /** Secret for pulling the image. @default none */
  readonly imagePullSecret?: string | undefined;
  /** 1, or 2 where one works and one stands by. @default 1 */
  readonly replicas?: number | undefined;
  /** CPU request; there is no limit. @default 10m */
  readonly cpuRequest?: string | undefined;
  /** Memory request and limit. @default 128Mi */
  readonly memory?: string | undefined;
  /** Which cluster the rows belong to. */
  readonly clusterName: string;
  /** Goldmane's address, `host:port`. */
  readonly goldmaneHost: string;
  /** Name that Goldmane's certificate must carry. @default the host of the address */
  readonly goldmaneServerName?: string | undefined;
  /** Turns certificate verification off; refused without a reason. @default false */
  readonly goldmaneTlsInsecure?: boolean | undefined;
  /** Why verification is off. @default none */
  readonly goldmaneTlsInsecureReason?: string | undefined;
  /** Namespaces whose services are told apart by their label. */
  readonly multiServiceNamespaces: readonly string[];
  /** Seconds after a window's close at which it is settled. */
  readonly settleAgeSeconds: number;
  /** Services of one namespace pair that are told apart; the others are counted in one row. */
  readonly maxServicesPerPair: number;
  /** UTC days that the daily roll-up keeps; 0 = all. */
  readonly edgeDayRetentionDays: number;
  readonly logLevel: string;
  /** Secret that holds DATABASE_URL. */
  readonly databaseSecret: string;
  /** Annotation by which Stakater Reloader restarts the pods when the database Secret changes. @default true */
  readonly reloader?: boolean | undefined;
  /** prometheus.io annotations on the pods. @default true */
  readonly scrapeAnnotations?: boolean | undefined;
  /** Whether the Deployment exists already and is to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must be there before the pods start. */
  readonly dependsOn: ITerraformDependable[];
}

const container = 'spec[0].template[0].spec[0].container[0]';

/**
 * The Deployment that keeps the trail. Certificates, CA and connection string are mounted files that the
 * program reads again when they change; a replica that has not got the database lock is ready and stands by,
 * so a rolling update hands over without a gap.
 */
export class EdgeAggregator extends Construct {
  /** The resource itself, for what must wait for it. */
  readonly resource: Workload<'kubernetes_deployment_v1'>;

  constructor(scope: Construct, id: string, props: EdgeAggregatorProps) {
    super(scope, id);
    const replicas = props.replicas ?? 1;
    const insecure = props.goldmaneTlsInsecure ?? false;
    validateProps(this, [
      {
        invalid: replicas !== 1 && replicas !== 2,
        message: `replicas: ${replicas} is not allowed; 1, or 2 where the second stands by`,
      },
      {
        invalid: insecure && props.goldmaneTlsInsecureReason === undefined,
        message:
          'goldmaneTlsInsecure: true lets anything on the network write the trail; set it to false, or give the reason in goldmaneTlsInsecureReason',
      },
      {
        invalid: !insecure && props.goldmaneTlsInsecureReason !== undefined,
        message: 'goldmaneTlsInsecureReason: given, but goldmaneTlsInsecure is false; remove the reason',
      },
    ]);
    this.resource = new Workload(this, TRANSPARENT_ID, 'kubernetes_deployment_v1', {
      dependsOn: props.dependsOn,
      metadata: {
        name: aggregator.deployment,
        namespace: aggregator.namespace,
        labels: componentLabels('aggregate'),
        annotations: annotations(props),
      },
      spec: {
        replicas: String(replicas),
        selector: { matchLabels: selectorLabels('aggregate') },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '1', maxUnavailable: '0' } },
        template: {
          metadata: {
            labels: componentLabels('aggregate'),
            ...((props.scrapeAnnotations ?? true) && {
              annotations: {
                'prometheus.io/scrape': 'true',
                'prometheus.io/port': String(ports.http),
                'prometheus.io/path': endpoints.metrics,
              },
            }),
          },
          spec: hardenedPodSpec(this, {
            name: 'aggregate',
            image: props.image,
            args: commands.aggregate,
            environment: environment(props),
            secretEnvironment: {
              [env.databaseUrl]: { secretName: props.databaseSecret, key: aggregator.databaseSecretKey },
            },
            files: [
              MountedFiles.fromSecret(aggregator.clientTlsSecret, paths.clientTls),
              MountedFiles.fromConfigMap(aggregator.caConfigMap, paths.ca),
              MountedFiles.fromSecret(props.databaseSecret, paths.database),
            ],
            ...(props.imagePullSecret !== undefined && { imagePullSecret: props.imagePullSecret }),
            cpuRequest: props.cpuRequest ?? '10m',
            memory: props.memory ?? '128Mi',
            port: ports.http,
            // The first start migrates the database: up to 5 minutes before liveness counts.
            startupProbe: { path: endpoints.health, port: ports.http, failureThreshold: 30 },
            livenessProbe: { path: endpoints.health, port: ports.http, periodSeconds: 20 },
            readinessProbe: { path: endpoints.ready, port: ports.http },
            terminationGracePeriodSeconds: 30,
            ...(replicas > 1 && { spreadLabels: selectorLabels('aggregate') }),
            restartPolicy: 'Always',
          }),
        },
      },
      timeouts: { create: '10m', update: '10m' },
      lifecycle: {
        ignoreChanges: [
          // An admission webhook sets ndots there.
          'spec[0].template[0].spec[0].dns_config',
          ...(props.imageManagedBy === 'ci' ? [`${container}.image`] : []),
        ],
      },
    });
    if (props.adopt === true) {
      new Adoption(this.resource, `${aggregator.namespace}/${aggregator.deployment}`);
    }
  }
}

function annotations(props: EdgeAggregatorProps): Record<string, string> {
  return {
    ...((props.reloader ?? true) && { 'secret.reloader.stakater.com/reload': props.databaseSecret }),
    ...(props.goldmaneTlsInsecureReason !== undefined && {
      'goldmane-trail/tls-insecure-reason': props.goldmaneTlsInsecureReason,
    }),
  };
}

function environment(props: EdgeAggregatorProps): Record<string, string> {
  return {
    [env.goldmaneHost]: props.goldmaneHost,
    [env.goldmaneServerName]: props.goldmaneServerName ?? props.goldmaneHost.replace(/:\d+$/, ''),
    [env.goldmaneTlsInsecure]: String(props.goldmaneTlsInsecure ?? false),
    [env.tlsCertPath]: paths.clientCert,
    [env.tlsKeyPath]: paths.clientKey,
    [env.caCertPath]: paths.caBundle,
    [env.databaseUrlFile]: paths.databaseUrl,
    [env.clusterName]: props.clusterName,
    [env.multiServiceNamespaces]: props.multiServiceNamespaces.join(','),
    [env.settleAgeSeconds]: String(props.settleAgeSeconds),
    [env.maxServicesPerPair]: String(props.maxServicesPerPair),
    [env.edgeDayRetentionDays]: String(props.edgeDayRetentionDays),
    [env.httpPort]: String(ports.http),
    [env.logLevel]: props.logLevel,
  };
}
