/** Verdicts of an edge, as rows carry them. The index is the code that contributions use. */
export const ACTIONS = ['unspecified', 'allow', 'pass', 'deny'] as const;

export type Action = (typeof ACTIONS)[number];

/** Wire values of goldmane.Action. Any other value counts as unspecified. */
export const WireAction = { unspecified: 0, allow: 1, deny: 2, pass: 3 } as const;

/** Wire values of goldmane.Reporter: which end of the connection the record was made at. */
export const WireReporter = { src: 1, dst: 2 } as const;

/** Wire value of goldmane.EndpointType for a pod. */
export const WORKLOAD_ENDPOINT = 1;

const rankOfWire = new Uint8Array([0, 1, 3, 2]);

/**
 * Strength of a wire action as index into ACTIONS: when the records of one flow disagree, the higher one is
 * the flow's action. Deny beats all, so a connection refused at its destination is never counted as allowed.
 */
export function actionRank(wire: number): number {
  return rankOfWire[wire] ?? 0;
}
