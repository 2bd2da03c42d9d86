import { factsOf, FIRST_FLOW_PLANE_SERIES, parseVersion } from '../../calico-releases';
import type { Rule } from '../validation';

/** Goldmane and Whisker exist from one release on; `part` is the settings key that turns it off. */
export function flowPlaneRule(part: string, version: string): Rule {
  const facts = factsOf(parseVersion(version)?.series ?? '');
  return {
    invalid: facts?.flowPlane !== true,
    message: `version: Calico "${version}" has no ${part}; it exists from ${FIRST_FLOW_PLANE_SERIES} on: upgrade first, or set ${part}.enabled to false`,
  };
}
