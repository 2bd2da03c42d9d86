/** Wire values of the enums in goldmane.proto that flows carry. */
export const Action = { unspecified: 0, allow: 1, deny: 2, pass: 3 } as const;
export const Reporter = { src: 1, dst: 2 } as const;
export const EndpointType = { workload: 1, host: 2, networkSet: 3, network: 4 } as const;
export const PolicyKind = {
  calicoNetworkPolicy: 1,
  kubernetesNetworkPolicy: 6,
  profile: 9,
  endOfTier: 10,
} as const;

export interface PolicyHit {
  readonly kind: number;
  readonly namespace?: string;
  readonly name?: string;
  readonly tier?: string;
  readonly action: number;
  readonly policy_index?: number;
  readonly rule_index?: number;
  readonly trigger?: PolicyHit;
}

export interface PolicyTrace {
  readonly enforced_policies?: readonly PolicyHit[];
  readonly pending_policies?: readonly PolicyHit[];
}

/** What Goldmane tells flows apart by; fields as in goldmane.proto, `-` where there is nothing. */
export interface FlowKey {
  readonly source_name: string;
  readonly source_namespace: string;
  readonly source_type: number;
  readonly dest_name: string;
  readonly dest_namespace: string;
  readonly dest_type: number;
  readonly dest_port: number;
  readonly dest_service_name: string;
  readonly dest_service_namespace: string;
  readonly dest_service_port_name: string;
  readonly dest_service_port: number;
  readonly proto: string;
  readonly reporter: number;
  readonly action: number;
  readonly policies?: PolicyTrace;
}

/** Sums over one window. */
export interface FlowCounts {
  readonly packets_in: number;
  readonly packets_out: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly num_connections_started: number;
  readonly num_connections_completed: number;
  readonly num_connections_live: number;
}

/** Counts of an idle flow. */
export const noTraffic: FlowCounts = {
  packets_in: 0,
  packets_out: 0,
  bytes_in: 0,
  bytes_out: 0,
  num_connections_started: 0,
  num_connections_completed: 0,
  num_connections_live: 0,
};

/** What one node reports of one flow: some moment of it, which Goldmane sorts into its window. */
export interface FlowReport extends FlowCounts {
  readonly key: FlowKey;
  /** Unix seconds. */
  readonly time: number;
  /** `key=value` */
  readonly source_labels: readonly string[];
  readonly dest_labels: readonly string[];
}

/** Length of Goldmane's windows, aligned to the epoch. */
export const WINDOW_SECONDS = 15;

/** Start of the window that holds `seconds`, Unix seconds. */
export const windowStart = (seconds: number): number => Math.floor(seconds / WINDOW_SECONDS) * WINDOW_SECONDS;

/** A report with the usual values for everything that is left out: one connection, some bytes. */
export function flowReport(
  time: number,
  key: Partial<FlowKey>,
  rest: Partial<Omit<FlowReport, 'key' | 'time'>> = {},
): FlowReport {
  return {
    time,
    key: {
      source_name: 'app-*',
      source_namespace: 'a',
      source_type: EndpointType.workload,
      dest_name: 'app-*',
      dest_namespace: 'b',
      dest_type: EndpointType.workload,
      dest_port: 80,
      dest_service_name: '-',
      dest_service_namespace: '-',
      dest_service_port_name: '-',
      dest_service_port: 0,
      proto: 'tcp',
      reporter: Reporter.src,
      action: Action.allow,
      ...key,
    },
    source_labels: [],
    dest_labels: [],
    packets_in: 4,
    packets_out: 5,
    bytes_in: 400,
    bytes_out: 500,
    num_connections_started: 1,
    num_connections_completed: 1,
    num_connections_live: 0,
    ...rest,
  };
}

const identities = new WeakMap<object, string>();

/** A text that is equal for equal objects of plain values, whatever the order of their fields. Remembered by object. */
export function identityText(value: object): string {
  let text = identities.get(value);
  if (text === undefined) {
    text = JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    identities.set(value, text);
  }
  return text;
}
