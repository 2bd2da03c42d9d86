import { judgeHop, parseVersion } from '../../calico-releases';
import { isOperatorRelease, operatorRelease } from '../calico/operator-release';
import { written } from '../changes';
import type { Rule } from '../rule';
import { UNKNOWN } from '../value';

/** The step from the Calico release that runs to the one that is planned. */
export const versionHop: Rule = {
  id: 'version-hop',
  title: 'Calico version hop',
  severity: 'refuse',
  cause: 'The version of the operator chart changes, is not named, or is known only after the apply.',
  explanation:
    "Calico is upgraded one tested hop at a time. A skipped release leaves CRDs and data that the new one can't read, and there is no way back.",
  remedy: 'take one known hop and check the cluster after it with `trail roll check`',
  *examine(plan) {
    for (const change of written(plan).filter(isOperatorRelease)) {
      const { address } = change;
      const from = operatorRelease(change, 'before')?.version;
      const to = operatorRelease(change, 'after')?.version;
      if (to === UNKNOWN || to === undefined) {
        const seen =
          to === UNKNOWN
            ? 'the version is known only after the apply'
            : 'no version is pinned: Helm takes the newest';
        yield { address, seen: [seen], remedy: 'name the version in full, e.g. v3.30.7' };
        continue;
      }
      if (typeof from !== 'string' || from === to) {
        if (from === undefined && parseVersion(to) === undefined) {
          yield {
            address,
            seen: [`"${to}" is not one version`],
            remedy: 'name the version in full, e.g. v3.30.7',
          };
        }
        continue;
      }
      const verdict = judgeHop(from, to);
      if (!verdict.allowed) yield { address, seen: [verdict.problem], remedy: verdict.remedy };
      else if (isPatchDowngrade(from, to)) {
        yield {
          address,
          severity: 'supervise',
          seen: [`${from} → ${to} goes back to an older patch release`],
        };
      } else yield { address, severity: 'supervise', seen: [`${from} → ${to} is a known hop`] };
    }
  },
};

function isPatchDowngrade(from: string, to: string): boolean {
  const [a, b] = [parseVersion(from), parseVersion(to)];
  return a !== undefined && a.series === b?.series && b.patch < a.patch;
}
