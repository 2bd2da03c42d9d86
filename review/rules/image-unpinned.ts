import { written } from '../changes';
import { containersOf, unpinned } from '../kubernetes/containers';
import { objectOf } from '../kubernetes/object';
import type { Rule } from '../rule';

/** An image that may be another one tomorrow. */
export const imageUnpinned: Rule = {
  id: 'image-unpinned',
  title: 'an image is not pinned',
  severity: 'supervise',
  cause: 'A container that is new or gets another image has no tag, or a tag that moves such as latest.',
  explanation:
    'Nobody reviews what such a tag becomes: the next restart on another node may run something else.',
  remedy: 'pin a version tag, or better a digest (name@sha256:…)',
  *examine(plan) {
    for (const change of written(plan)) {
      const before = new Map(containersOf(objectOf(change, 'before')).map((each) => [each.name, each.image]));
      for (const { name, image } of containersOf(objectOf(change, 'after'))) {
        if (typeof image !== 'string' || before.get(name) === image) continue;
        const why = unpinned(image);
        if (why !== undefined) yield { address: change.address, seen: [`${name}: ${image} (${why})`] };
      }
    }
  },
};
