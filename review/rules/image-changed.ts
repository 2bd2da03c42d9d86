import { changes } from '../kubernetes/image-changes';
import { written } from '../changes';
import type { Rule } from '../rule';

/** A workload gets another image and so restarts. */
export const imageChanged: Rule = {
  id: 'image-changed',
  title: 'an image changes',
  severity: 'supervise',
  cause:
    'A container of a workload that exists gets another image. Another tag of the same image is a notice; another repository or registry is supervised.',
  explanation: 'The pods restart. Another registry or repository is another publisher.',
  remedy: 'read what changed between the two versions; check who publishes the new one',
  *examine(plan) {
    for (const change of written(plan)) {
      for (const { container, from, to, samePublisher } of changes(change)) {
        yield {
          address: change.address,
          severity: samePublisher ? 'notice' : 'supervise',
          seen: [`${container}: ${from} → ${to}`],
        };
      }
    }
  },
};
