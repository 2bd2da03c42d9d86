import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { aggregator, database } from '../../contract';
import { ExternalSecret } from '../kubernetes/external-secret';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { componentLabels } from './labels';

export interface DatabaseCredentialsProps {
  /** ClusterSecretStore over Vault's database secrets engine. */
  readonly store: string;
  /** How often Vault is read again, e.g. `15m`: the longest that a rotated password stays unknown. */
  readonly refreshInterval: string;
  /** Name of the static role in Vault. */
  readonly staticRole: string;
  /** PostgreSQL server, host name without a port. */
  readonly host: string;
  /** Its TCP port. */
  readonly port: number;
  /** Adds sslmode=no-verify: TLS, without a check of the server's certificate. @default false */
  readonly encrypt?: boolean | undefined;
  /** Whether the ExternalSecret exists already and is to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must be there before. */
  readonly dependsOn: ITerraformDependable[];
}

// Go's urlquery writes a blank as "+", which a connection string takes for a plus.
const encoded = (value: string): string => `{{ .${value} | urlquery | replace "+" "%20" }}`;

/** The ExternalSecret that renders DATABASE_URL from the static role's current password. */
export class DatabaseCredentials extends Construct {
  /** The resource itself, for what must wait for the Secret. */
  readonly resource: ExternalSecret['resource'];

  constructor(scope: Construct, id: string, props: DatabaseCredentialsProps) {
    super(scope, id);
    const key = `static-creds/${props.staticRole}`;
    const query = props.encrypt === true ? '?sslmode=no-verify' : '';
    const login = `${encoded('username')}:${encoded('password')}`;
    this.resource = new ExternalSecret(this, TRANSPARENT_ID, {
      namespace: aggregator.namespace,
      name: aggregator.databaseSecret,
      labels: componentLabels('aggregate'),
      store: props.store,
      refreshInterval: props.refreshInterval,
      values: { username: { key, property: 'username' }, password: { key, property: 'password' } },
      template: {
        [aggregator.databaseSecretKey]: `postgresql://${login}@${props.host}:${props.port}/${database.name}${query}`,
      },
      adopt: props.adopt,
      dependsOn: props.dependsOn,
    }).resource;
  }
}
