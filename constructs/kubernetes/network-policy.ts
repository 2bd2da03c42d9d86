import {
  NetworkPolicyV1,
  type NetworkPolicyV1SpecEgressTo,
} from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';

/** The other side of a connection: pods chosen by labels, or addresses. */
export class NetworkPeer {
  /** Pods of namespace `namespace`, all of them or those with `labels`. */
  static pods(namespace: string, labels: Readonly<Record<string, string>> = {}): NetworkPeer {
    return new NetworkPeer({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      ...(Object.keys(labels).length > 0 && { podSelector: { matchLabels: { ...labels } } }),
    });
  }

  /** Addresses in `cidr`, all but the ranges in `except`. */
  static addresses(cidr: string, except: readonly string[] = []): NetworkPeer {
    return new NetworkPeer({ ipBlock: { cidr, ...(except.length > 0 && { except: [...except] }) } });
  }

  private constructor(
    /** The peer as a `to` or `from` block takes it. */
    readonly block: NetworkPolicyV1SpecEgressTo,
  ) {}
}

/** A port with its protocol. */
export class NetworkPort {
  static tcp(port: number): NetworkPort {
    return new NetworkPort('TCP', port);
  }

  static udp(port: number): NetworkPort {
    return new NetworkPort('UDP', port);
  }

  private constructor(
    readonly protocol: 'TCP' | 'UDP',
    readonly port: number,
  ) {}
}

/** Connections that are let through: each peer on each port. */
export interface NetworkRule {
  readonly peers: readonly NetworkPeer[];
  readonly ports: readonly NetworkPort[];
}

export interface NetworkPolicyProps {
  readonly namespace: string;
  readonly name: string;
  /** Labels of the object. @default none */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Pods that it applies to; an empty selector is all pods of the namespace. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Who may connect to these pods: an empty list denies all. @default says nothing about it */
  readonly ingress?: readonly NetworkRule[] | undefined;
  /** What these pods may connect to: an empty list denies all. @default says nothing about it */
  readonly egress?: readonly NetworkRule[] | undefined;
  /** Whether the policy exists already and is to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must exist before. @default none */
  readonly dependsOn?: ITerraformDependable[] | undefined;
}

/** A networking.k8s.io policy. Policies add up: a connection passes if any policy of its pods lets it. */
export class NetworkPolicy extends Construct {
  readonly resource: NetworkPolicyV1;

  constructor(scope: Construct, id: string, props: NetworkPolicyProps) {
    super(scope, id);
    const { ingress, egress } = props;
    const rules = [...(ingress ?? []), ...(egress ?? [])];
    const badPort = rules.flatMap(({ ports }) => ports).find(({ port }) => port < 1 || port > 65_535);
    validateProps(this, [
      {
        invalid: ingress === undefined && egress === undefined,
        message: 'ingress, egress: neither is given, so the policy would do nothing; give one, [] denies all',
      },
      {
        // Kubernetes reads an empty list of peers or ports as "any": the opposite of what it looks like.
        invalid: rules.some(({ peers, ports }) => peers.length === 0 || ports.length === 0),
        message: 'ingress, egress: a rule without peers or without ports would allow all of them; name each',
      },
      {
        invalid: badPort !== undefined,
        message: `ports: ${badPort?.port ?? ''} is not a port; use 1 to 65535`,
      },
    ]);
    this.resource = new NetworkPolicyV1(this, TRANSPARENT_ID, {
      ...(props.dependsOn !== undefined && { dependsOn: props.dependsOn }),
      metadata: {
        name: props.name,
        namespace: props.namespace,
        ...(props.labels !== undefined && { labels: { ...props.labels } }),
      },
      spec: {
        podSelector: Object.keys(props.podLabels).length > 0 ? { matchLabels: { ...props.podLabels } } : {},
        policyTypes: [
          ...(ingress === undefined ? [] : ['Ingress']),
          ...(egress === undefined ? [] : ['Egress']),
        ],
        ...(ingress !== undefined && {
          ingress: ingress.map(({ peers, ports }) => ({
            from: peers.map(({ block }) => block),
            ports: ports.map(portBlock),
          })),
        }),
        ...(egress !== undefined && {
          egress: egress.map(({ peers, ports }) => ({
            to: peers.map(({ block }) => block),
            ports: ports.map(portBlock),
          })),
        }),
      },
    });
    if (props.adopt === true) new Adoption(this.resource, `${props.namespace}/${props.name}`);
  }
}

function portBlock({ protocol, port }: NetworkPort): { protocol: string; port: string } {
  return { protocol, port: String(port) };
}
