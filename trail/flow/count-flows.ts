import { decodeContribution, type Contribution } from './contribution';

/** Flows of one window; undefined = nothing was read of it. */
export function countFlows(contribution: Contribution | undefined): number {
  if (contribution === undefined) return 0;
  return decodeContribution(contribution).reduce((sum, { flows }) => sum + flows, 0);
}
