import { TerraformBackend, type TerraformRemoteState } from 'cdktf';
import type { Construct } from 'constructs';
import type { TerraformSettings } from '../../settings/terraform';

/**
 * The backend that the settings name. cdktf's own classes insist on credentials (`PgBackend` on its
 * connection string) or write this machine's paths into the JSON; neither belongs there.
 */
export class StateBackend extends TerraformBackend {
  private readonly config: Readonly<Record<string, unknown>>;

  constructor(scope: Construct, id: string, stackName: string, settings: TerraformSettings['backend']) {
    super(scope, id, settings.type === 'other' ? settings.name : settings.type);
    this.config = configure(stackName, settings);
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.config };
  }

  /** The stacks share nothing through state; an attempt is a mistake in the app. */
  override getRemoteStateDataSource(): TerraformRemoteState {
    throw new Error(
      'stacks do not read each other’s state: pass the value through the settings or contract.ts',
    );
  }
}

function configure(stackName: string, settings: TerraformSettings['backend']): Record<string, unknown> {
  switch (settings.type) {
    case 'local':
      return { path: `${settings.path}/terraform.${stackName}.tfstate` };
    case 'pg':
      return { schema_name: `${settings.schemaPrefix}${stackName.replaceAll('-', '_')}` };
    case 'other':
      return Object.fromEntries(
        Object.entries(settings.config).map(([key, value]) => [
          key,
          typeof value === 'string' ? value.replaceAll('{stack}', stackName) : value,
        ]),
      );
  }
}
