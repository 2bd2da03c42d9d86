import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { KubectlManifest } from '../kubernetes/kubectl-manifest';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';

/** What a policy in the tier says. */
export interface EarlyPolicyProps {
  /** Name; the tier's is put before it, as Calico wants it. */
  readonly name: string;
  /** Calico selector of the pods it is about, in calico-system. */
  readonly selector: string;
  /**
   * Ingress rules of the v3 API.
   * @default - ingress is not looked at
   */
  readonly ingress?: readonly object[] | undefined;
  /**
   * Egress rules of the v3 API.
   * @default - egress is not looked at
   */
  readonly egress?: readonly object[] | undefined;
  /**
   * Whether it exists already and is to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
}

/** The tier that our policies are in. */
export interface EarlyTierProps {
  /** Namespace of the policies. */
  readonly namespace: string;
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

/** Name of the tier. */
export const EARLY_TIER = 'goldmane-trail';

/**
 * A tier that is looked at before `calico-system` (order 100), where Calico 3.32 and later keep the
 * operator's own policies and deny the rest. What none of our rules matches is passed on to it, so the tier
 * only ever adds an allowance.
 */
export class EarlyTier extends Construct {
  /** The resource itself, for what this construct does not offer. */
  readonly resource: KubectlManifest;
  private readonly namespace: string;

  constructor(scope: Construct, id: string, props: EarlyTierProps) {
    super(scope, id);
    this.namespace = props.namespace;
    this.resource = new KubectlManifest(this, TRANSPARENT_ID, {
      manifest: {
        apiVersion: 'projectcalico.org/v3',
        kind: 'Tier',
        metadata: { name: EARLY_TIER },
        spec: { order: 90, defaultAction: 'Pass' },
      },
      adopt: props.adopt,
      dependsOn: props.dependsOn,
    });
  }

  /** Adds a Calico NetworkPolicy to the tier, as a child of `scope`. */
  addPolicy(scope: Construct, id: string, props: EarlyPolicyProps): KubectlManifest {
    const { name, selector, ingress, egress, adopt } = props;
    return new KubectlManifest(scope, id, {
      manifest: {
        apiVersion: 'projectcalico.org/v3',
        kind: 'NetworkPolicy',
        metadata: { name: `${EARLY_TIER}.${name}`, namespace: this.namespace },
        spec: {
          tier: EARLY_TIER,
          order: 10,
          selector,
          types: [...(ingress === undefined ? [] : ['Ingress']), ...(egress === undefined ? [] : ['Egress'])],
          ...(ingress !== undefined && { ingress }),
          ...(egress !== undefined && { egress }),
        },
      },
      adopt,
      dependsOn: [this.resource],
    });
  }
}
