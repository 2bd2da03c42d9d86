import { written } from '../changes';
import { differences } from '../kubernetes/live';
import { nameOf, objectOf } from '../kubernetes/object';
import type { Rule } from '../rule';
import { at } from '../value';

/** Pods are made anew because their template changes. */
export const workloadRestarts: Rule = {
  id: 'workload-restarts',
  title: 'pods restart',
  severity: 'supervise',
  cause:
    'The pod template of a Deployment, StatefulSet or DaemonSet changes. A DaemonSet is supervised (every node), the others are a notice.',
  explanation: 'A DaemonSet restarts on every node, and what is wrong with it is wrong on all of them.',
  remedy: 'watch the first pods come up before you leave it alone',
  *examine(plan) {
    for (const change of written(plan)) {
      const before = objectOf(change, 'before');
      const after = objectOf(change, 'after');
      if (change.action !== 'update' || before === undefined || after === undefined) continue;
      if (!/^(Deployment|StatefulSet|DaemonSet)$/.test(after.kind)) continue;
      const paths = differences(
        at(before.body, 'spec', 'template') ?? null,
        at(after.body, 'spec', 'template') ?? null,
      );
      if (paths.length === 0) continue;
      const everywhere = after.kind === 'DaemonSet';
      const name = nameOf(after);
      yield {
        address: change.address,
        severity: everywhere ? 'supervise' : 'notice',
        seen: [
          `${name} restarts: ${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ` and ${paths.length - 3} more` : ''}`,
        ],
        effect: { kind: 'restarts', what: `${name}${everywhere ? ', on every node' : ''}` },
      };
    }
  },
};
