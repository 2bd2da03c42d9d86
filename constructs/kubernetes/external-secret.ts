import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';
import { KubectlManifest } from './kubectl-manifest';

/** One value in the store behind a ClusterSecretStore. */
export interface RemoteValue {
  /** Path in the store. */
  readonly key: string;
  /** Property of what lies there. */
  readonly property: string;
}

export interface ExternalSecretProps {
  readonly namespace: string;
  /** Name of the ExternalSecret and of the Secret that it makes. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** ClusterSecretStore to read from. */
  readonly store: string;
  /** How often the store is read again, e.g. `15m`. */
  readonly refreshInterval: string;
  /** Values by the name that the template, or the Secret's key where there is no template, knows them by. */
  readonly values: Readonly<Record<string, RemoteValue>>;
  /** The Secret's keys as Go templates over `values`. @default one key for each value */
  readonly template?: Readonly<Record<string, string>> | undefined;
  /** Whether the ExternalSecret exists already and is to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must exist before. @default none */
  readonly dependsOn?: ITerraformDependable[] | undefined;
}

/**
 * A Secret that the External Secrets Operator (API external-secrets.io/v1) fills and keeps fresh. Terraform
 * sees names and templates, never a value. Applying waits until the first read succeeded, so a wrong path
 * stops the deployment here and not in a pod that can't start.
 */
export class ExternalSecret extends Construct {
  /** The resource itself, for what must wait for the Secret. */
  readonly resource: KubectlManifest;

  constructor(scope: Construct, id: string, props: ExternalSecretProps) {
    super(scope, id);
    validateProps(this, [
      {
        invalid: Object.keys(props.values).length === 0,
        message: 'values: none given; name at least one value of the store',
      },
      {
        invalid: !/^\d+(s|m|h)$/.test(props.refreshInterval),
        message: `refreshInterval: "${props.refreshInterval}" is not a duration; use e.g. 15m`,
      },
    ]);
    this.resource = new KubectlManifest(this, TRANSPARENT_ID, {
      ...(props.dependsOn !== undefined && { dependsOn: props.dependsOn }),
      adopt: props.adopt ?? false,
      waitForConditions: [{ type: 'Ready', status: 'True' }],
      manifest: {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: { name: props.name, namespace: props.namespace, labels: props.labels },
        spec: {
          refreshInterval: props.refreshInterval,
          secretStoreRef: { kind: 'ClusterSecretStore', name: props.store },
          target: {
            name: props.name,
            creationPolicy: 'Owner',
            ...(props.template !== undefined && {
              template: { engineVersion: 'v2', data: props.template },
            }),
          },
          data: Object.entries(props.values).map(([secretKey, { key, property }]) => ({
            secretKey,
            remoteRef: { key, property },
          })),
        },
      },
    });
  }
}
