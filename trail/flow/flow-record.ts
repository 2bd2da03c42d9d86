/** Which end of a flow a name or a label belongs to. */
export type Side = 'source' | 'dest';

/**
 * One FlowResult as counting sees it. A reader hands on the same object for every record: take what you
 * need during the call. Numbers come checked; names are read only when asked for.
 */
export interface FlowRecord {
  /** Halves of the 64-bit result id, each an unsigned 32-bit number. */
  readonly idLow: number;
  readonly idHigh: number;
  /** Start of the window in Unix seconds. */
  readonly windowStart: number;
  /** Seeded 64-bit hash of the flow's identity: every key field but reporter, action and policies. */
  readonly flowHashLow: number;
  readonly flowHashHigh: number;
  /** Wire values of goldmane.EndpointType, goldmane.Reporter and goldmane.Action. */
  readonly sourceType: number;
  readonly reporter: number;
  readonly action: number;
  /** Destination port after DNAT, 0 to 65535. */
  readonly destPort: number;
  /** Connections started; bytes as the reporter saw them. Never negative. */
  readonly connections: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Namespace of one end; `-` or empty = none; null = bytes that no Kubernetes name can have. */
  namespace(side: Side): string | null;
  /** Protocol in lower case, e.g. `tcp`. */
  protocol(): string;
  /** Value of the label `service-identity` of one end; empty = not set. */
  serviceIdentity(side: Side): string;
  /** Seeded 32-bit hash of the label's value; 0 = not set. Cheaper than the value. */
  serviceIdentityHash(side: Side): number;
}
