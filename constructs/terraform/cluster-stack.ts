import { TerraformElement, TerraformStack } from 'cdktf';
import type { Construct, Node } from 'constructs';
import type { TerraformSettings } from '../../settings/terraform';
import { validateProps } from '../validation';
import { findLiteralSecrets } from './literal-secrets';
import { addProviders, type ProviderName } from './providers';
import { StateBackend } from './state-backend';

/** What a stack of this project is made of. */
export interface ClusterStackProps {
  /** Backend and access to the cluster. */
  readonly terraform: TerraformSettings;
  /** Providers that the stack's resources need. */
  readonly providers: readonly ProviderName[];
}

/** Constructs of this name add nothing to the address of what they hold; as in the AWS CDK. */
export const TRANSPARENT_ID = 'default';

/**
 * Base of both stacks: backend, provider version ranges, access to the cluster, and addresses that people
 * can read: `kubernetes_role_v1.watchdog_role` rather than cdktf's hashed names. An address is a contract
 * with every state that was ever written: renaming a construct id replaces the object.
 */
export class ClusterStack extends TerraformStack {
  constructor(scope: Construct, id: string, props: ClusterStackProps) {
    super(scope, id);
    new StateBackend(this, 'backend', id, props.terraform.backend);
    // 1.11: write-only attributes, and import blocks before it. OpenTofu counts its versions the same way.
    this.addOverride('terraform.required_version', '>= 1.11');
    addProviders(this, props.providers, props.terraform.kubernetes);
  }

  /** The stack as Terraform JSON; refused with a literal secret anywhere in it. */
  override toTerraform(): object {
    const document = super.toTerraform() as object;
    validateProps(
      this,
      findLiteralSecrets(document).map(({ path, kind }) => ({
        invalid: true,
        message: `${path}: holds ${kind}; name a Secret or a variable of the environment instead, whatever stands here is written to disk`,
      })),
    );
    return document;
  }

  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const node = TerraformElement.isTerraformElement(element) ? element.node : element;
    const components = node.scopes
      .slice(node.scopes.indexOf(this) + 1)
      .map((construct) => construct.node.id)
      .filter((id) => id !== TRANSPARENT_ID);
    const odd = components.find((id) => !/^[a-z][a-z0-9-]*$/.test(id));
    if (odd !== undefined) {
      // "_" joins the components, so one inside could make two paths share an address.
      throw new Error(`construct id "${odd}" in ${node.path}: allowed are lower-case letters, digits and -`);
    }
    return components.join('_');
  }
}
