import { DatabaseSecretBackendStaticRole } from '@cdktf/provider-vault/lib/database-secret-backend-static-role';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { database } from '../../contract';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';

export interface DatabaseStaticRoleProps {
  /** Name of the static role in Vault. */
  readonly name: string;
  /** Path of Vault's database secrets engine. */
  readonly mount: string;
  /** The engine's connection to the server; its allowed roles must include this one. */
  readonly connection: string;
  /** Days between two rotations of the password. @default 7 */
  readonly rotationDays?: number | undefined;
  /** Whether the static role exists already and is to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must be there before: Vault rotates the password at once, so the database role must exist. */
  readonly dependsOn: ITerraformDependable[];
}

/** Vault's static role: Vault owns the password of the trail's database role and rotates it. */
export class DatabaseStaticRole extends Construct {
  /** The resource itself, for what must wait for it. */
  readonly resource: DatabaseSecretBackendStaticRole;

  constructor(scope: Construct, id: string, props: DatabaseStaticRoleProps) {
    super(scope, id);
    const days = props.rotationDays ?? 7;
    validateProps(this, [
      {
        invalid: !Number.isInteger(days) || days < 1 || days > 365,
        message: `rotationDays: ${days} is not allowed; use whole days, 1 to 365`,
      },
    ]);
    this.resource = new DatabaseSecretBackendStaticRole(this, TRANSPARENT_ID, {
      dependsOn: props.dependsOn,
      backend: props.mount,
      name: props.name,
      dbName: props.connection,
      username: database.role,
      rotationPeriod: days * 86_400,
    });
    if (props.adopt === true) new Adoption(this.resource, `${props.mount}/static-roles/${props.name}`);
  }
}
