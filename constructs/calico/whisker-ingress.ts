import { IngressV1 } from '@cdktf/provider-kubernetes/lib/ingress-v1';
import { Annotations } from 'cdktf';
import { Construct } from 'constructs';
import { Adoption } from '../terraform/adoption';
import { TRANSPARENT_ID } from '../terraform/cluster-stack';
import { validateProps } from '../validation';
import type { AdoptedNamespace } from './adopted-namespace';
import { releaseFacts } from './release-facts';
import type { Whisker } from './whisker';
import { WhiskerHttpsBackend } from './whisker-https-backend';

/** A tile of gethomepage.dev. */
export interface HomepageTile {
  readonly name: string;
  readonly description: string;
  readonly icon: string;
  readonly group: string;
}

/** How Whisker is reached from outside. */
export interface WhiskerIngressProps {
  /** Calico release, e.g. `v3.30.7`: decides port and scheme of the backend. */
  readonly version: string;
  /** calico-system. */
  readonly namespace: AdoptedNamespace;
  /** Whisker, which must be created first. */
  readonly whisker: Whisker;
  /** Name that people open, e.g. `whisker.example.com`. */
  readonly host: string;
  /** Ingress class. */
  readonly className: string;
  /** TLS secret in calico-system that covers the host. */
  readonly tlsSecret: string;
  /** What gates the page, which has no login of its own. */
  readonly authentication: 'forward-auth' | 'unauthenticated';
  /**
   * The gate, as Traefik's routers name it.
   * @default - none; needed with `forward-auth`
   */
  readonly forwardAuthMiddleware?: string | undefined;
  /** Middlewares before the gate, in this order. */
  readonly middlewares: readonly string[];
  /** Traefik entry point, e.g. `websecure`. */
  readonly entryPoint: string;
  /**
   * Groups that may pass, in the annotation that the identity provider reads.
   * @default - none
   */
  readonly allowedGroups?: { readonly annotation: string; readonly groups: readonly string[] } | undefined;
  /** For DNS automation. */
  readonly dnsAnnotations: Readonly<Record<string, string>>;
  /** For an uptime monitor. */
  readonly monitorAnnotations: Readonly<Record<string, string>>;
  /** Any others; they win over all of the above. */
  readonly annotations: Readonly<Record<string, string>>;
  /**
   * Tile on the home page.
   * @default - none
   */
  readonly homepage?: HomepageTile | undefined;
  /**
   * Whether it exists already and is to be imported.
   * @default false
   */
  readonly adopt?: boolean | undefined;
}

/** The ingress controller whose annotations this construct writes. */
const TRAEFIK = 'traefik';

/**
 * Whisker's way to the outside. Whoever passes sees every flow of the cluster, so a forward-auth gate is
 * required unless `unauthenticated` is asked for by name, which synth warns about.
 */
export class WhiskerIngress extends Construct {
  /** The resource itself, for what this construct does not offer. */
  readonly resource: IngressV1;

  constructor(scope: Construct, id: string, props: WhiskerIngressProps) {
    super(scope, id);
    const { whisker: backend, series } = releaseFacts(this, props.version);
    validateProps(this, [
      {
        invalid: props.authentication === 'forward-auth' && props.forwardAuthMiddleware === undefined,
        message:
          'forwardAuthMiddleware: missing; Whisker has no login, name the middleware that asks for one, or ask for authentication "unauthenticated"',
      },
      {
        invalid: props.authentication === 'unauthenticated' && props.forwardAuthMiddleware !== undefined,
        message: `forwardAuthMiddleware: "${props.forwardAuthMiddleware ?? ''}" would not be used with authentication "unauthenticated"; drop one of the two`,
      },
      {
        invalid: !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/i.test(props.host),
        message: `host: "${props.host}" is not a host name; use e.g. whisker.example.com`,
      },
      {
        invalid: backend.scheme === 'https' && props.className !== TRAEFIK,
        message: `className: Calico ${series} serves Whisker over HTTPS, which only the class "traefik" is set up for here, not "${props.className}"`,
      },
    ]);
    if (props.authentication === 'unauthenticated') {
      Annotations.of(this).addWarning(
        `${props.host} shows every flow of the cluster to whoever reaches it: authentication is "unauthenticated"`,
      );
    }
    const https =
      backend.scheme === 'https'
        ? new WhiskerHttpsBackend(this, 'https-backend', { ...props, port: backend.port })
        : undefined;
    this.resource = new IngressV1(this, TRANSPARENT_ID, {
      metadata: { name: 'whisker', namespace: props.namespace.name, annotations: annotations(props) },
      spec: {
        ingressClassName: props.className,
        tls: [{ hosts: [props.host], secretName: props.tlsSecret }],
        rule: [
          {
            host: props.host,
            http: {
              path: [
                {
                  path: '/',
                  backend: {
                    service: { name: https?.serviceName ?? 'whisker', port: { number: backend.port } },
                  },
                },
              ],
            },
          },
        ],
      },
      dependsOn: [props.whisker.resource],
    });
    if (props.adopt === true) new Adoption(this.resource, `${props.namespace.plainName}/whisker`);
  }
}

function annotations(props: WhiskerIngressProps): Record<string, string> {
  const { allowedGroups, homepage, forwardAuthMiddleware } = props;
  const chain = [...props.middlewares];
  if (forwardAuthMiddleware !== undefined) chain.push(forwardAuthMiddleware);
  return {
    'traefik.ingress.kubernetes.io/router.entrypoints': props.entryPoint,
    ...(chain.length > 0 && { 'traefik.ingress.kubernetes.io/router.middlewares': chain.join(',') }),
    ...(homepage !== undefined && {
      'gethomepage.dev/enabled': 'true',
      'gethomepage.dev/name': homepage.name,
      'gethomepage.dev/description': homepage.description,
      'gethomepage.dev/icon': homepage.icon,
      'gethomepage.dev/group': homepage.group,
      'gethomepage.dev/href': `https://${props.host}`,
    }),
    ...(allowedGroups !== undefined && { [allowedGroups.annotation]: allowedGroups.groups.join(',') }),
    ...props.dnsAnnotations,
    ...props.monitorAnnotations,
    ...props.annotations,
  };
}
