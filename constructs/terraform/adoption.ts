import { TerraformElement, type TerraformResource } from 'cdktf';

/**
 * An `import {}` block: the object that already exists under `importId` becomes `resource`'s. Terraform
 * ignores it once the object is in the state. `TerraformResource.importFrom` does the same but runs the
 * terraform binary once for each resource at synth; here `required_version` says what is needed.
 */
export class Adoption extends TerraformElement {
  constructor(
    private readonly resource: TerraformResource,
    private readonly importId: string,
  ) {
    super(resource, 'adoption');
  }

  override toTerraform(): object {
    const to = `${this.resource.terraformResourceType}.${this.resource.friendlyUniqueId}`;
    return { import: [{ to, id: this.importId }] };
  }
}

/** Answers for a setting `adopt` (everything, nothing or a list of parts) whether a part is to be imported. */
export function adoptsPart<T>(setting: boolean | readonly T[]): (part: T) => boolean {
  return (part) => (typeof setting === 'boolean' ? setting : setting.includes(part));
}
