import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { SecretV1 } from '@cdktf/provider-kubernetes/lib/secret-v1';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { aggregator } from '../../contract';
import { Adoption } from '../terraform/adoption';
import { componentLabels } from './labels';

export interface CertificateCopyProps {
  /** Whether the ConfigMap exists already and is to be imported. @default false */
  readonly adopt?: boolean | undefined;
  /** What must exist before. */
  readonly dependsOn: ITerraformDependable[];
}

/**
 * The Secret and the ConfigMap that `trail sync-certs` fills with the client key pair and the CA bundle.
 * Terraform owns the shells only: the Secret's data is write-only and empty, so whatever fills it later is
 * never read back into the state. The Secret is never imported, because an import would read it.
 */
export class CertificateCopy extends Construct {
  /** Both shells, for what must wait for them. */
  readonly resources: readonly [SecretV1, ConfigMapV1];

  constructor(scope: Construct, id: string, props: CertificateCopyProps) {
    super(scope, id);
    const labels = componentLabels('certificate-sync');
    const { namespace, clientTlsSecret, caConfigMap } = aggregator;
    const secret = new SecretV1(this, 'key-pair', {
      dependsOn: props.dependsOn,
      metadata: { name: clientTlsSecret, namespace, labels },
      type: 'Opaque',
      dataWo: {},
      dataWoRevision: 1,
    });
    const configMap = new ConfigMapV1(this, 'ca', {
      dependsOn: props.dependsOn,
      metadata: { name: caConfigMap, namespace, labels },
      lifecycle: { ignoreChanges: ['data'] },
    });
    if (props.adopt === true) new Adoption(configMap, `${namespace}/${caConfigMap}`);
    this.resources = [secret, configMap];
  }
}
