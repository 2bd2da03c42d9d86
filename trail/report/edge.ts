import type { Action } from '../flow/action';

/** One edge as reports show it: who talked to whom with which verdict. Times in Unix seconds. */
export interface Edge {
  readonly srcNs: string;
  readonly dstNs: string;
  readonly action: Action;
  /** Observations: one flow in one 15 s window counts once. */
  readonly flowCount: number;
  /** Start of the first window. */
  readonly firstSeen: number;
  /** End of the last window. */
  readonly lastSeen: number;
}

/** An edge as finely as the trail keeps it: service identities, protocol and port. */
export interface ServiceEdge extends Edge {
  /** Value of the label `service-identity`; empty where the namespace holds one service. */
  readonly srcService: string;
  readonly dstService: string;
  /** `tcp`, `udp`, …; `other` where a bound folded many keys into one. */
  readonly protocol: string;
  /** Destination port after DNAT; 0 where there is none. */
  readonly dstPort: number;
}
