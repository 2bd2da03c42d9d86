import { ContributionReader, type Contribution } from './contribution';
import { ServiceKeyTable } from './service-key-table';

/** Observations of a window; undefined = no window. */
export function countFlows(contribution: Contribution | undefined): number {
  if (contribution === undefined) return 0;
  let flows = 0;
  const rows = new ContributionReader(contribution, new ServiceKeyTable());
  while (rows.next()) flows += rows.flows;
  return flows;
}
