import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { Construct } from 'constructs';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';

/** A namespace that Terraform keeps but never deletes. */
export interface AdoptedNamespaceProps {
  /** Its name, which is also the value of its label `name`. */
  readonly name: string;
  /**
   * Whether it exists already and is to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
  /**
   * Labels that others stamp on it at admission and that Terraform must leave alone.
   * @default - none
   */
  readonly foreignLabels?: readonly string[] | undefined;
}

/** Stamped on every namespace by a cluster-wide admission policy where Goldilocks is in use. */
export const GOLDILOCKS_LABEL = 'goldilocks.fairwinds.com/vpa-update-mode';

/** Stamped by the operator on the namespaces it reconciles. */
export const POD_SECURITY_LABELS = [
  'pod-security.kubernetes.io/enforce',
  'pod-security.kubernetes.io/enforce-version',
] as const;

/** A namespace of Calico's. Deleting one takes the network down with it, so a plan that would is refused. */
export class AdoptedNamespace extends Construct {
  /** The resource itself, for what this construct does not offer. */
  readonly resource: NamespaceV1;
  /** Name as it is written, for import ids and selectors. */
  readonly plainName: string;

  constructor(scope: Construct, id: string, props: AdoptedNamespaceProps) {
    super(scope, id);
    this.plainName = props.name;
    validateProps(this, [
      {
        invalid: !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(props.name),
        message: `name: "${props.name}" is not a namespace name; use lower-case letters, digits and -, at most 63`,
      },
    ]);
    this.resource = new NamespaceV1(this, TRANSPARENT_ID, {
      metadata: { name: props.name, labels: { name: props.name } },
      lifecycle: {
        preventDestroy: true,
        ignoreChanges: (props.foreignLabels ?? []).map((label) => `metadata[0].labels["${label}"]`),
      },
    });
    if (props.adopt === true) new Adoption(this.resource, props.name);
  }

  /** Name as a reference: whoever uses it is created after the namespace. */
  get name(): string {
    return this.resource.metadata.name;
  }
}
