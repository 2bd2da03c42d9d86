import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { aggregator, calico, ports } from '../../contract';
import { NetworkPeer, NetworkPolicy, NetworkPort, type NetworkRule } from '../kubernetes/network-policy';
import { componentLabels, selectorLabels, type Component } from './labels';

export interface NetworkIsolationProps {
  /** Addresses of DNS besides the kube-dns pods: its ClusterIP, a node-local cache. */
  readonly dnsAddresses: readonly string[];
  /** TCP port of Goldmane's pods. @default 7443 */
  readonly goldmanePort?: number | undefined;
  /** Namespace of the PostgreSQL pods; null where it runs outside the cluster. */
  readonly databaseNamespace: string | null;
  /** Labels of the PostgreSQL pods. @default all pods of the namespace */
  readonly databasePodLabels?: Readonly<Record<string, string>> | undefined;
  /** Addresses of PostgreSQL outside the cluster. */
  readonly databaseCidrs: readonly string[];
  /** TCP port of PostgreSQL. */
  readonly databasePort: number;
  /** ClusterIP of the API server, for networks that judge a packet before its address is translated. */
  readonly apiServerServiceAddress: string;
  /** Where the API server itself can be. */
  readonly apiServerCidrs: readonly string[];
  /** TCP port of the API server itself. */
  readonly apiServerPort: number;
  /** Where Slack, or a proxy to it, can be. */
  readonly slackCidrs: readonly string[];
  /** Namespace whose pods may read the metrics; null = nobody. */
  readonly monitoringNamespace: string | null;
  /** Whether a Job makes the database, and needs to reach it. @default true */
  readonly databaseInit?: boolean | undefined;
  /** Whether the policies exist already and are to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must exist before. */
  readonly dependsOn: ITerraformDependable[];
}

/** "Anywhere" means the internet, not the cluster and the house around it. */
const inside: Readonly<Record<string, readonly string[]>> = {
  '0.0.0.0/0': ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  '::/0': ['fc00::/7', 'fe80::/10'],
};

/**
 * Denies every pod of the namespace everything, then lets through what each component needs: DNS for all,
 * Goldmane and PostgreSQL for the aggregator, PostgreSQL and Slack for the digest, the API server for the
 * certificate sync, PostgreSQL for the database set-up, metrics for the monitoring namespace.
 */
export class NetworkIsolation extends Construct {
  /** All policies, for what must not run unprotected. */
  readonly resources: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: NetworkIsolationProps,
  ) {
    super(scope, id);
    const [label = '', value = ''] = calico.goldmaneSelector.split('=');
    const goldmane: NetworkRule = {
      peers: [NetworkPeer.pods(calico.namespace, { [label]: value })],
      ports: [NetworkPort.tcp(props.goldmanePort ?? ports.goldmane)],
    };
    const namespace = props.databaseNamespace;
    const postgres: NetworkRule = {
      peers: [
        ...(namespace === null ? [] : [NetworkPeer.pods(namespace, props.databasePodLabels)]),
        ...props.databaseCidrs.map((cidr) => NetworkPeer.addresses(cidr)),
      ],
      ports: [NetworkPort.tcp(props.databasePort)],
    };
    const slack: NetworkRule = {
      peers: props.slackCidrs.map((cidr) => NetworkPeer.addresses(cidr, inside[cidr])),
      ports: [NetworkPort.tcp(443)],
    };
    const monitoring = props.monitoringNamespace;
    const metrics: NetworkRule[] =
      monitoring === null
        ? []
        : [{ peers: [NetworkPeer.pods(monitoring)], ports: [NetworkPort.tcp(ports.http)] }];
    this.resources = [
      this.policy('default-deny', {}, { ingress: [], egress: [] }),
      this.policy('dns', {}, { egress: [this.dns()] }),
      this.component('aggregate', [goldmane, postgres], metrics),
      this.component('digest', [postgres, slack]),
      this.component('certificate-sync', this.apiServer()),
      ...((props.databaseInit ?? true) ? [this.component('database-init', [postgres])] : []),
    ];
  }

  private dns(): NetworkRule {
    return {
      peers: [
        NetworkPeer.pods('kube-system', { 'k8s-app': 'kube-dns' }),
        ...this.props.dnsAddresses.map((cidr) => NetworkPeer.addresses(cidr)),
      ],
      ports: [NetworkPort.udp(ports.dns), NetworkPort.tcp(ports.dns)],
    };
  }

  private apiServer(): NetworkRule[] {
    const { apiServerServiceAddress, apiServerCidrs, apiServerPort } = this.props;
    return [
      { peers: [NetworkPeer.addresses(apiServerServiceAddress)], ports: [NetworkPort.tcp(443)] },
      {
        peers: apiServerCidrs.map((cidr) => NetworkPeer.addresses(cidr)),
        ports: [NetworkPort.tcp(apiServerPort)],
      },
    ];
  }

  private component(
    component: Component,
    egress: NetworkRule[],
    ingress: NetworkRule[] = [],
  ): ITerraformDependable {
    return this.policy(component, selectorLabels(component), {
      egress,
      ...(ingress.length > 0 && { ingress }),
    });
  }

  private policy(
    name: string,
    podLabels: Readonly<Record<string, string>>,
    rules: { readonly ingress?: NetworkRule[]; readonly egress?: NetworkRule[] },
  ): ITerraformDependable {
    return new NetworkPolicy(this, name, {
      namespace: aggregator.namespace,
      name,
      labels: {
        'app.kubernetes.io/part-of': componentLabels('aggregate')['app.kubernetes.io/part-of'] ?? '',
      },
      podLabels,
      ...rules,
      adopt: this.props.adopt,
      dependsOn: this.props.dependsOn,
    }).resource;
  }
}
