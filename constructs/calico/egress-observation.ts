import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { KubectlManifest } from '../kubernetes/kubectl-manifest';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';

/** Whose outgoing connections are logged, and where among the policies. */
export interface EgressObservationProps {
  /** Name of the policy. */
  readonly name: string;
  /** Order among policies; late, so that real policies decide first. */
  readonly order: number;
  /** Namespace label that holds the tier. */
  readonly tierLabel: string;
  /** Values of that label that are observed. */
  readonly tiers: readonly string[];
  /** More namespaces, by name. */
  readonly namespaces: readonly string[];
  /** Prefix of the annotations `wave` and `purpose`. */
  readonly annotationDomain: string;
  /** Which wave of the roll-out this is. */
  readonly wave: string;
  /**
   * Whether it exists already and is to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
  /**
   * What must exist first: the operator that brings the CRD.
   * @default - none
   */
  readonly dependsOn?: ITerraformDependable[] | undefined;
}

/**
 * Logs what leaves the chosen namespaces and lets it pass: evidence for an allowlist, before one is
 * enforced. The lines reach the journal of each node with the prefix `calico-packet`; in Loki:
 * `{job="node-journal"} |= "calico-packet"`. Only applied: dropping it from the stack leaves the policy in
 * the cluster, so that a rename never interrupts the observation.
 */
export class EgressObservation extends Construct {
  /** The resource itself, for what this construct does not offer. */
  readonly resource: KubectlManifest;

  constructor(scope: Construct, id: string, props: EgressObservationProps) {
    super(scope, id);
    const chosen = [...props.tiers, ...props.namespaces];
    const odd = chosen.find((value) => /["\\{}]/.test(value));
    validateProps(this, [
      {
        invalid: chosen.length === 0,
        message: 'tiers, namespaces: both are empty, nothing would be observed; name at least one of either',
      },
      {
        invalid: odd !== undefined,
        message: `tiers, namespaces: ${JSON.stringify(odd)} cannot stand in a selector; quotes, backslashes and braces are not allowed`,
      },
      {
        invalid: !/^([a-z0-9.-]+\/)?[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(props.tierLabel),
        message: `tierLabel: "${props.tierLabel}" is not a label key; use e.g. tier or example.com/tier`,
      },
    ]);
    this.resource = new KubectlManifest(this, TRANSPARENT_ID, {
      manifest: {
        apiVersion: 'projectcalico.org/v3',
        kind: 'GlobalNetworkPolicy',
        metadata: {
          name: props.name,
          annotations: {
            [`${props.annotationDomain}/wave`]: props.wave,
            [`${props.annotationDomain}/purpose`]: purpose(props),
          },
        },
        spec: {
          order: props.order,
          selector: 'all()',
          namespaceSelector: namespaceSelector(props),
          types: ['Egress'],
          egress: [{ action: 'Log' }, { action: 'Allow' }],
        },
      },
      applyOnly: true,
      adopt: props.adopt,
      dependsOn: props.dependsOn,
    });
  }
}

function namespaceSelector({ tierLabel, tiers, namespaces }: EgressObservationProps): string {
  const parts = [];
  if (tiers.length > 0) parts.push(`${tierLabel} in {${tiers.map(quoted).join(', ')}}`);
  if (namespaces.length > 0) parts.push(`projectcalico.org/name in {${namespaces.map(quoted).join(', ')}}`);
  return parts.join(' || ');
}

function purpose({ tiers, namespaces }: EgressObservationProps): string {
  // The tiers' common word is said once: "tier 3-edge + 4-aux".
  const parts = [];
  if (tiers.length > 0) parts.push(`tier ${tiers.join(' + ')}`);
  if (namespaces.length > 0) parts.push(`namespace ${namespaces.join(' + ')}`);
  return `observe-then-enforce egress for ${parts.join(' and ')}`;
}

function quoted(value: string): string {
  return `"${value}"`;
}
