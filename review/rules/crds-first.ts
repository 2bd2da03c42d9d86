import { factsOf, parseVersion } from '../../calico-releases';
import { isOn, isOperatorRelease, operatorRelease } from '../calico/operator-release';
import { written } from '../changes';
import type { Plan, ResourceChange } from '../plan/plan';
import type { Rule } from '../rule';
import { at } from '../value';

/** Charts that bring the CRDs from 3.32 on. */
const crdCharts = /(^|\/)(crd\.projectcalico\.org\.v1|projectcalico\.org\.v3)(-v?[\d.]+\.tgz)?\/?$/;

/** CRDs that the new release needs before its operator starts. */
export const crdsFirst: Rule = {
  id: 'crds-first',
  title: 'CRDs must be applied before the operator',
  severity: 'refuse',
  cause:
    'The operator chart changes its release series, or a release whose chart has no CRDs is installed, and no chart of CRDs of that version is in place; or Goldmane or Whisker are switched on in Helm during an upgrade.',
  explanation:
    "Helm never upgrades CRDs of a chart's crds/ folder, and from 3.32 the operator chart has none. An operator that meets older CRDs stops, and resources of a kind that does not exist yet fail the apply half way.",
  remedy: 'apply the CRDs of the new version first, then plan again',
  *examine(plan) {
    for (const change of written(plan).filter(isOperatorRelease)) {
      const before = operatorRelease(change, 'before');
      const after = operatorRelease(change, 'after');
      const to = typeof after?.version === 'string' ? parseVersion(after.version) : undefined;
      const from = typeof before?.version === 'string' ? parseVersion(before.version) : undefined;
      if (after === undefined || to === undefined || from?.text === to.text) continue;
      const own = factsOf(to.series)?.crds === 'own-chart';
      const crds = own ? crdRelease(plan, to.text) : undefined;
      if (own && crds === undefined) {
        yield {
          address: change.address,
          seen: [
            `Calico ${to.series} takes its CRDs from a chart of their own; no release of it at ${to.text} is in this plan or its state`,
          ],
          remedy: `install the chart crd.projectcalico.org.v1 or projectcalico.org.v3 at ${to.text} first; where it is managed elsewhere, acknowledge this with the place`,
        };
      } else if (own && crds !== undefined && crds.action !== 'no-op') {
        yield {
          address: change.address,
          severity: 'supervise',
          seen: [`${crds.address} (CRDs) is applied in the same run`],
          remedy: `make sure that the operator release depends on ${crds.address}`,
        };
      } else if (!own && from !== undefined && from.series !== to.series) {
        yield {
          address: change.address,
          severity: 'supervise',
          seen: [`${from.text} → ${to.text}: Helm leaves the CRDs of ${from.series} as they are`],
          remedy: `apply the CRDs of ${to.text} before this plan`,
        };
      }
      if (before !== undefined) {
        for (const component of ['goldmane', 'whisker'] as const) {
          if (isOn(before, component) !== false || isOn(after, component) === false) continue;
          yield {
            address: change.address,
            seen: [
              `${component}.enabled is switched on in Helm during an upgrade: it renders before its CRD exists`,
            ],
            remedy: 'keep it off in Helm and create the resource itself, after the release',
          };
        }
      }
    }
  },
};

function crdRelease(plan: Plan, version: string): ResourceChange | undefined {
  return plan.changes.find((change) => {
    if (change.type !== 'helm_release' || change.action === 'delete' || change.action === 'forget')
      return false;
    const chart = at(change.after, 'chart');
    if (typeof chart !== 'string' || !crdCharts.test(chart)) return false;
    const planned = at(change.after, 'version');
    return typeof planned === 'string' && parseVersion(planned)?.text === version;
  });
}
