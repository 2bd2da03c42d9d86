import { FIRST_FLOW_PLANE_SERIES, type ReleaseFacts } from '../../calico-releases';
import type { Rule } from '../validation';

/** Goldmane and Whisker exist from one release on; `part` is the settings key that turns it off. */
export function flowPlaneRule(part: 'goldmane' | 'whisker', facts: ReleaseFacts): Rule {
  return {
    invalid: !facts.flowPlane,
    message: `version: Calico ${facts.series} has no ${part}, it exists from ${FIRST_FLOW_PLANE_SERIES} on; upgrade first, or set ${part}.enabled to false`,
  };
}
