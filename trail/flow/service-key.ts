/**
 * Who talked to whom, as finely as the trail keeps it, without the verdict. A service is told apart inside
 * its namespace only where the namespace holds several; elsewhere its name is empty.
 */
export interface ServiceKey {
  readonly srcNs: string;
  readonly srcService: string;
  readonly dstNs: string;
  readonly dstService: string;
  /** `tcp`, `udp`, …; `other` where a bound folded many keys into one. */
  readonly protocol: string;
  /** Destination port after DNAT, 0 where there is none. */
  readonly dstPort: number;
}

/** What stands in for names beyond a bound. Not a name that Kubernetes allows for a namespace. */
export const OTHER_NAMESPACE = '(other)';
/** Protocol of the row that holds a namespace pair's services beyond the bound. */
export const OTHER_PROTOCOL = 'other';
