/** The parts of Kubernetes objects that a roll looks at. Whatever is missing is missing in the answer too. */

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly { readonly uid: string }[];
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly { readonly name: string }[];
}

interface PodTemplate {
  readonly spec?: { readonly containers?: readonly Container[] };
}

export interface DaemonSet {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxUnavailable?: number | string };
    };
    readonly template?: PodTemplate;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberReady?: number;
    readonly numberAvailable?: number;
  };
}

export interface Deployment {
  readonly metadata: Metadata;
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly replicas?: number;
    readonly availableReplicas?: number;
  };
}

/** A revision of a DaemonSet's template. */
export interface ControllerRevision {
  readonly metadata: Metadata;
  readonly revision: number;
  readonly data?: { readonly spec?: { readonly template?: PodTemplate } };
}

export interface Pod {
  readonly metadata: Metadata;
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly ready?: boolean;
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
    }[];
  };
}

export interface Node {
  readonly metadata: Metadata;
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** The operator's word on one component. */
export interface TigeraStatus {
  readonly metadata: Metadata;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** Whether a condition has that status; false where the condition is missing. */
export function conditionIs(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } },
  type: string,
  status: string,
): boolean {
  return object.status?.conditions?.some((each) => each.type === type && each.status === status) ?? false;
}

/** Name of the container that is calico-node itself. */
const CALICO_NODE = 'calico-node';

/** Image of calico-node in a template, undefined where there is none. */
export function calicoNodeImage(template: PodTemplate | undefined): string | undefined {
  return template?.spec?.containers?.find(({ name }) => name === CALICO_NODE)?.image;
}

/** Whether a template tells Felix to send flows to Goldmane. */
export function sendsFlows(template: PodTemplate | undefined): boolean {
  const containers = template?.spec?.containers ?? [];
  return containers.some(
    ({ env }) => env?.some(({ name }) => name === 'FELIX_FLOWLOGSGOLDMANESERVER') ?? false,
  );
}
