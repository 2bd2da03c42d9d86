import { Construct } from 'constructs';
import { ports } from '../../contract';
import { hostCidr } from '../kubernetes/host-cidr';
import { NetworkPeer, NetworkPolicy, NetworkPort } from '../kubernetes/network-policy';
import { validateProps } from '../validation';
import type { AdoptedNamespace } from './adopted-namespace';
import type { EarlyTier } from './early-tier';
import { releaseFacts } from './release-facts';

/** What Whisker's pod may exchange beyond what the operator allows. */
export interface WhiskerPoliciesProps {
  /** Calico release, e.g. `v3.30.7`: decides which kind of policy is listened to, and the port. */
  readonly version: string;
  /** calico-system. */
  readonly namespace: AdoptedNamespace;
  /**
   * Tier for the policies from Calico 3.32 on.
   * @default - none; needed from 3.32 on
   */
  readonly tier?: EarlyTier | undefined;
  /**
   * Namespace of the ingress controller that may connect.
   * @default - nobody may
   */
  readonly ingressNamespace?: string | undefined;
  /** ClusterIP of kube-dns. */
  readonly dnsAddress: string;
  /**
   * Whether they exist already and are to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
}

const whiskerLabel = { key: 'app.kubernetes.io/name', value: 'whisker' };
const namespaceLabel = 'kubernetes.io/metadata.name';
const allowIngress = 'whisker-allow-traefik';
const allowDns = 'whisker-allow-dns-clusterip';

/**
 * Two allowances that the operator's own policy lacks. The ingress controller may reach Whisker; without it
 * the page answers 502. And Whisker may ask kube-dns by its ClusterIP; without it a backend whose stream
 * breaks never finds Goldmane again, and the page stays empty.
 *
 * Up to 3.31 Kubernetes policies add up with the operator's; from 3.32 on the operator's sit in a Calico
 * tier that decides first, so ours go to an earlier tier.
 */
export class WhiskerPolicies extends Construct {
  constructor(scope: Construct, id: string, props: WhiskerPoliciesProps) {
    super(scope, id);
    const facts = releaseFacts(this, props.version);
    const tiered = facts.operatorPolicies === 'projectcalico.org/v3';
    validateProps(this, [
      {
        invalid: tiered && props.tier === undefined,
        message: `tier: Calico ${facts.series} decides in its own tier before Kubernetes policies; pass an EarlyTier`,
      },
    ]);
    if (tiered && props.tier !== undefined) this.addCalicoPolicies(props, props.tier, facts.whisker.port);
    else this.addKubernetesPolicies(props, facts.whisker.port);
  }

  private addKubernetesPolicies(props: WhiskerPoliciesProps, port: number): void {
    const common = {
      namespace: props.namespace.plainName,
      podLabels: { [whiskerLabel.key]: whiskerLabel.value },
      adopt: props.adopt,
      dependsOn: [props.namespace.resource],
    };
    if (props.ingressNamespace !== undefined) {
      new NetworkPolicy(this, 'ingress', {
        ...common,
        name: allowIngress,
        ingress: [{ peers: [NetworkPeer.pods(props.ingressNamespace)], ports: [NetworkPort.tcp(port)] }],
      });
    }
    new NetworkPolicy(this, 'dns', {
      ...common,
      name: allowDns,
      egress: [
        {
          peers: [NetworkPeer.addresses(hostCidr(props.dnsAddress))],
          ports: [NetworkPort.udp(ports.dns), NetworkPort.tcp(ports.dns)],
        },
      ],
    });
  }

  private addCalicoPolicies(props: WhiskerPoliciesProps, tier: EarlyTier, port: number): void {
    const selector = `${whiskerLabel.key} == '${whiskerLabel.value}'`;
    if (props.ingressNamespace !== undefined) {
      tier.addPolicy(this, 'ingress', {
        name: allowIngress,
        selector,
        ingress: [
          {
            action: 'Allow',
            protocol: 'TCP',
            source: { namespaceSelector: `${namespaceLabel} == '${props.ingressNamespace}'` },
            destination: { ports: [port] },
          },
        ],
        adopt: props.adopt,
      });
    }
    tier.addPolicy(this, 'dns', {
      name: allowDns,
      selector,
      egress: ['UDP', 'TCP'].map((protocol) => ({
        action: 'Allow',
        protocol,
        destination: { nets: [hostCidr(props.dnsAddress)], ports: [ports.dns] },
      })),
      adopt: props.adopt,
    });
  }
}
