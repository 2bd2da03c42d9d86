import type { JobV1SpecTemplateSpec } from '@cdktf/provider-kubernetes/lib/job-v1';
import { isPinnedImage } from '../../settings/image';
import { validateProps } from '../validation';
import type { MountedFiles } from './mounted-files';
import { mountedVolume, mountOf } from './mounted-files';

/** User and group that the image's files are readable to; distroless calls it `nonroot`. */
const nonRootId = 65532;

/** An HTTP GET that tells the kubelet how the container is. */
export interface HttpProbe {
  readonly path: string;
  /** TCP port, 1 to 65535. */
  readonly port: number;
  /** Seconds between two probes. @default 10 */
  readonly periodSeconds?: number;
  /** Seconds until one probe counts as failed. @default 5 */
  readonly timeoutSeconds?: number;
  /** Failed probes in a row that count. @default 3 */
  readonly failureThreshold?: number;
}

/** An environment variable whose value the kubelet takes from a Secret; Terraform knows the name only. */
export interface SecretVariable {
  readonly secretName: string;
  readonly key: string;
  /** Start without the variable where the Secret or the key is missing. @default false */
  readonly optional?: boolean;
}

export interface HardenedPodProps {
  /** Name of the one container. */
  readonly name: string;
  /** Image with a version tag or a digest; `latest` is refused. */
  readonly image: string;
  /** Arguments for the image's entry point. */
  readonly args: readonly string[];
  /** Replaces the image's entry point. @default the image's own */
  readonly command?: readonly string[];
  /** Plain variables, never a secret. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables from Secrets. @default none */
  readonly secretEnvironment?: Readonly<Record<string, SecretVariable>>;
  /** Secrets and ConfigMaps mounted read-only. @default none */
  readonly files?: readonly MountedFiles[];
  /** Service account; its token is mounted only where one is named. @default none, and no token */
  readonly serviceAccountName?: string;
  /** Secret for pulling the image. @default none */
  readonly imagePullSecret?: string;
  /** CPU request, Kubernetes quantity. @default 10m */
  readonly cpuRequest?: string;
  /** Memory request and limit, Kubernetes quantity. @default 128Mi */
  readonly memory?: string;
  /** TCP port that the container serves, named `http`. @default none */
  readonly port?: number;
  /** @default none */
  readonly livenessProbe?: HttpProbe;
  /** @default none */
  readonly readinessProbe?: HttpProbe;
  /** @default none */
  readonly startupProbe?: HttpProbe;
  /** Seconds between SIGTERM and SIGKILL. @default 30 */
  readonly terminationGracePeriodSeconds?: number;
  /** Labels of the pods that should not share a node, this one among them. @default they may */
  readonly spreadLabels?: Readonly<Record<string, string>>;
  /** `Always` in a Deployment, `Never` or `OnFailure` in a Job. @default Never */
  readonly restartPolicy?: 'Always' | 'Never' | 'OnFailure';
}

/**
 * Pod spec of one container that meets the Pod Security Standard "restricted" and a little more: non-root,
 * read-only root file system, no capability, seccomp RuntimeDefault, no service links, no API token unless
 * asked for, requests and a memory limit always. Fits Deployment, Job and CronJob templates alike. Throws an
 * InvalidPropsError in the name of `owner`, the construct whose pod it is.
 */
export function hardenedPodSpec(
  owner: { readonly node: { readonly path: string } },
  props: HardenedPodProps,
): JobV1SpecTemplateSpec {
  validateProps(owner, [
    {
      invalid: !isPinnedImage(props.image),
      message: `image: "${props.image}" is not pinned; give it a version tag other than latest, or a digest (@sha256:...)`,
    },
  ]);
  const files = props.files ?? [];
  return {
    restartPolicy: props.restartPolicy ?? 'Never',
    automountServiceAccountToken: props.serviceAccountName !== undefined,
    ...(props.serviceAccountName === undefined ? {} : { serviceAccountName: props.serviceAccountName }),
    enableServiceLinks: false,
    terminationGracePeriodSeconds: props.terminationGracePeriodSeconds ?? 30,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: String(nonRootId),
      runAsGroup: String(nonRootId),
      fsGroup: String(nonRootId),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(props.imagePullSecret === undefined ? {} : { imagePullSecrets: [{ name: props.imagePullSecret }] }),
    container: [
      {
        name: props.name,
        image: props.image,
        imagePullPolicy: 'IfNotPresent',
        args: [...props.args],
        ...(props.command === undefined ? {} : { command: [...props.command] }),
        // The last log lines become the pod's termination message, so `kubectl describe` says why it failed.
        terminationMessagePolicy: 'FallbackToLogsOnError',
        env: variables(props),
        ...(props.port === undefined
          ? {}
          : { port: [{ name: 'http', containerPort: props.port, protocol: 'TCP' }] }),
        ...(props.livenessProbe === undefined ? {} : { livenessProbe: probe(props.livenessProbe) }),
        ...(props.readinessProbe === undefined ? {} : { readinessProbe: probe(props.readinessProbe) }),
        ...(props.startupProbe === undefined ? {} : { startupProbe: probe(props.startupProbe) }),
        resources: {
          requests: { cpu: props.cpuRequest ?? '10m', memory: props.memory ?? '128Mi' },
          limits: { memory: props.memory ?? '128Mi' },
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          privileged: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMount: files.map(mountOf),
      },
    ],
    volume: files.map(mountedVolume),
    ...(props.spreadLabels !== undefined && {
      topologySpreadConstraint: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          // A cluster of one node still gets both.
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: [{ matchLabels: { ...props.spreadLabels } }],
        },
      ],
    }),
  };
}

function variables(
  props: HardenedPodProps,
): { name: string; value?: string; valueFrom?: { secretKeyRef: object } }[] {
  const plain = Object.entries(props.environment ?? {}).map(([name, value]) => ({ name, value }));
  const secret = Object.entries(props.secretEnvironment ?? {}).map(([name, from]) => ({
    name,
    valueFrom: {
      secretKeyRef: { name: from.secretName, key: from.key, optional: from.optional ?? false },
    },
  }));
  return [...plain, ...secret];
}

function probe(of: HttpProbe): {
  httpGet: { path: string; port: string; scheme: string };
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
} {
  return {
    httpGet: { path: of.path, port: String(of.port), scheme: 'HTTP' },
    periodSeconds: of.periodSeconds ?? 10,
    timeoutSeconds: of.timeoutSeconds ?? 5,
    failureThreshold: of.failureThreshold ?? 3,
  };
}
