import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import { Construct } from 'constructs';
import { calico } from '../../contract';
import { KubectlManifest } from '../kubernetes/kubectl-manifest';
import { Adoption } from '../terraform/adoption';
import type { AdoptedNamespace } from './adopted-namespace';

/** What Traefik needs to speak HTTPS to Whisker. */
export interface WhiskerHttpsBackendProps {
  /** calico-system. */
  readonly namespace: AdoptedNamespace;
  /** Whisker's port. */
  readonly port: number;
  /**
   * Whether both objects exist already and are to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
}

const NAME = 'whisker-https';

/**
 * A second Service in front of Whisker's pods. Traefik takes the scheme and the certificate authority of a
 * backend from annotations of its Service, and the operator's own Service can't be annotated to stay.
 */
export class WhiskerHttpsBackend extends Construct {
  readonly serviceName = NAME;

  constructor(scope: Construct, id: string, props: WhiskerHttpsBackendProps) {
    super(scope, id);
    const { plainName } = props.namespace;
    new KubectlManifest(this, 'transport', {
      manifest: {
        apiVersion: 'traefik.io/v1alpha1',
        kind: 'ServersTransport',
        metadata: { name: NAME, namespace: plainName },
        spec: {
          serverName: `whisker.${plainName}.svc`,
          rootCAs: [{ configMap: calico.caConfigMap }],
        },
      },
      adopt: props.adopt,
      dependsOn: [props.namespace.resource],
    });
    const service = new ServiceV1(this, 'service', {
      metadata: {
        name: NAME,
        namespace: props.namespace.name,
        annotations: {
          'traefik.ingress.kubernetes.io/service.serversscheme': 'https',
          'traefik.ingress.kubernetes.io/service.serverstransport': `${plainName}-${NAME}@kubernetescrd`,
        },
      },
      spec: {
        selector: { 'app.kubernetes.io/name': 'whisker' },
        port: [{ name: 'https', port: props.port, targetPort: String(props.port), protocol: 'TCP' }],
      },
    });
    if (props.adopt === true) new Adoption(service, `${plainName}/${NAME}`);
  }
}
