import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { Construct } from 'constructs';
import { aggregator } from '../../contract';
import { GOLDILOCKS_LABEL } from '../calico/adopted-namespace';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';

export interface AggregatorNamespaceProps {
  /** Value of the label `tier`, by which cluster-wide policies select. */
  readonly tier: string;
  /** Label keel.sh/enrolled: lets the update controller Keel move image tags. @default false */
  readonly keelEnrolled?: boolean | undefined;
  /** Pod Security Standard that is enforced; `unset` leaves the label alone. @default restricted */
  readonly podSecurity?: 'restricted' | 'unset' | undefined;
  /** More labels; none of the ones above. @default none */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Whether the namespace exists already and is to be imported. @default false */
  readonly adopt?: boolean | undefined;
}

const reserved = ['tier', 'keel.sh/enrolled', 'pod-security.kubernetes.io/enforce'];

/** The namespace of everything that keeps the trail. All its pods meet the "restricted" Pod Security Standard. */
export class AggregatorNamespace extends Construct {
  /** The resource itself, for what must wait for it. */
  readonly resource: NamespaceV1;

  constructor(scope: Construct, id: string, props: AggregatorNamespaceProps) {
    super(scope, id);
    const clashing = Object.keys(props.labels ?? {}).filter((key) => reserved.includes(key));
    validateProps(this, [
      {
        invalid: !/^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)$/.test(props.tier),
        message: `tier: "${props.tier}" is not a label value; use letters, digits, -, _ and ., at most 63`,
      },
      {
        invalid: clashing.length > 0,
        message: `labels: ${clashing.join(', ')} ${clashing.length === 1 ? 'is' : 'are'} set by the construct; use tier, keelEnrolled and podSecurity`,
      },
    ]);
    this.resource = new NamespaceV1(this, TRANSPARENT_ID, {
      metadata: {
        name: aggregator.namespace,
        labels: {
          tier: props.tier,
          ...(props.keelEnrolled === true && { 'keel.sh/enrolled': 'true' }),
          ...(props.podSecurity !== 'unset' && { 'pod-security.kubernetes.io/enforce': 'restricted' }),
          ...props.labels,
        },
      },
      lifecycle: {
        ignoreChanges: [`metadata[0].labels["${GOLDILOCKS_LABEL}"]`],
      },
    });
    if (props.adopt === true) new Adoption(this.resource, aggregator.namespace);
  }
}
