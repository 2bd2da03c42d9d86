import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { aggregator, endpoints } from '../../contract';
import type { AlertGroup } from '../../monitoring/alert-rule';
import { KubectlManifest } from '../kubernetes/kubectl-manifest';
import { Adoption } from '../terraform/adoption';
import { componentLabels, selectorLabels } from './labels';

export interface TrailMonitoringProps {
  /** Makes a ServiceMonitor and the Service that it reads; needs the Prometheus operator. @default false */
  readonly serviceMonitor?: boolean | undefined;
  /** Makes a PrometheusRule; needs the Prometheus operator. @default false */
  readonly prometheusRule?: boolean | undefined;
  /** Labels by which the Prometheus operator selects both. @default none */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** What the PrometheusRule holds. */
  readonly alertGroups: readonly AlertGroup[];
  /** TCP port of the metrics. */
  readonly port: number;
  /** Whether the objects exist already and are to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must exist before. */
  readonly dependsOn: ITerraformDependable[];
}

/** Objects of the Prometheus operator, each only where its CRD is said to exist. */
export class TrailMonitoring extends Construct {
  constructor(scope: Construct, id: string, props: TrailMonitoringProps) {
    super(scope, id);
    const { namespace, deployment: name } = aggregator;
    const { dependsOn, adopt } = props;
    const metadata = { name, namespace, labels: { ...componentLabels('aggregate'), ...props.labels } };
    if (props.serviceMonitor === true) {
      const service = new ServiceV1(this, 'service', {
        dependsOn,
        metadata: { name, namespace, labels: componentLabels('aggregate') },
        spec: {
          clusterIp: 'None',
          selector: selectorLabels('aggregate'),
          port: [{ name: 'http', port: props.port, targetPort: 'http', protocol: 'TCP' }],
        },
        waitForLoadBalancer: false,
      });
      if (adopt === true) new Adoption(service, `${namespace}/${name}`);
      new KubectlManifest(this, 'service-monitor', {
        ...(adopt !== undefined && { adopt }),
        dependsOn: [service],
        manifest: {
          apiVersion: 'monitoring.coreos.com/v1',
          kind: 'ServiceMonitor',
          metadata,
          spec: {
            selector: { matchLabels: selectorLabels('aggregate') },
            endpoints: [{ port: 'http', path: endpoints.metrics, interval: '30s' }],
          },
        },
      });
    }
    if (props.prometheusRule === true) {
      new KubectlManifest(this, 'prometheus-rule', {
        ...(adopt !== undefined && { adopt }),
        dependsOn,
        manifest: {
          apiVersion: 'monitoring.coreos.com/v1',
          kind: 'PrometheusRule',
          metadata,
          spec: { groups: props.alertGroups },
        },
      });
    }
  }
}
