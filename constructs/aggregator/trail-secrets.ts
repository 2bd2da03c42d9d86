import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import { aggregator } from '../../contract';
import type { AggregatorSettings } from '../../settings/aggregator';
import { ExternalSecret } from '../kubernetes/external-secret';
import { DatabaseCredentials } from './database-credentials';
import { DatabaseStaticRole } from './database-static-role';
import { componentLabels } from './labels';

/** A Secret by name, and what must be done before it is there. */
export interface AvailableSecret {
  readonly secret: string;
  readonly ready: readonly ITerraformDependable[];
}

export interface TrailSecretsProps extends Pick<
  AggregatorSettings,
  'secrets' | 'vault' | 'existingSecrets' | 'database'
> {
  readonly adoptExternalSecrets: boolean;
  readonly adoptStaticRole: boolean;
  /** What must exist before the first of them: the namespace. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The three Secrets of the trail, wherever they come from. Each is made when it is first asked for. */
export interface TrailSecrets {
  /** Credentials that may make roles and databases. */
  databaseAdmin(): AvailableSecret;
  /** DATABASE_URL; `after` = the database and its role exist. */
  database(after: readonly ITerraformDependable[]): AvailableSecret;
  /** Slack's webhook, if there is one. */
  slack(): AvailableSecret | undefined;
  /** Secret whose DATABASE_URL holds the password that the database set-up gives the role, if it does. */
  readonly rolePasswordSecret?: string;
}

/** Secrets as the settings say: from Vault, or made by the user. */
export function createTrailSecrets(scope: Construct, props: TrailSecretsProps): TrailSecrets {
  return props.secrets === 'vault' ? fromVault(scope, props) : existing(props);
}

function existing({ existingSecrets: names }: TrailSecretsProps): TrailSecrets {
  return {
    databaseAdmin: () => ({ secret: names.databaseAdmin, ready: [] }),
    database: () => ({ secret: names.database, ready: [] }),
    slack: () => (names.slack === null ? undefined : { secret: names.slack, ready: [] }),
    rolePasswordSecret: names.database,
  };
}

function fromVault(scope: Construct, props: TrailSecretsProps): TrailSecrets {
  const { vault, database, adoptExternalSecrets: adopt } = props;
  const common = {
    namespace: aggregator.namespace,
    store: vault.kvStore,
    refreshInterval: vault.refreshInterval,
    adopt,
    dependsOn: [...props.dependsOn],
  };
  return {
    databaseAdmin() {
      const { key, usernameProperty, passwordProperty } = vault.databaseAdmin;
      const external = new ExternalSecret(scope, 'database-admin', {
        ...common,
        name: aggregator.databaseAdminSecret,
        labels: componentLabels('database-init'),
        values: {
          username: { key, property: usernameProperty },
          password: { key, property: passwordProperty },
        },
      });
      return { secret: aggregator.databaseAdminSecret, ready: [external.resource] };
    },
    database(after) {
      const { staticRole } = vault;
      const roleReady = staticRole.create
        ? [
            new DatabaseStaticRole(scope, 'database-static-role', {
              ...staticRole,
              adopt: props.adoptStaticRole,
              dependsOn: [...after],
            }).resource,
          ]
        : [];
      const credentials = new DatabaseCredentials(scope, 'database-credentials', {
        store: vault.databaseStore,
        refreshInterval: vault.refreshInterval,
        staticRole: staticRole.name,
        host: database.host,
        port: database.port,
        encrypt: database.encrypt,
        adopt,
        dependsOn: [...after, ...roleReady],
      });
      return { secret: aggregator.databaseSecret, ready: [credentials.resource] };
    },
    slack() {
      if (vault.slack === null) return undefined;
      const external = new ExternalSecret(scope, 'slack', {
        ...common,
        name: aggregator.slackSecret,
        labels: componentLabels('digest'),
        values: { [aggregator.slackSecretKey]: vault.slack },
      });
      return { secret: aggregator.slackSecret, ready: [external.resource] };
    },
  };
}
