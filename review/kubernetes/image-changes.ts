import type { ResourceChange } from '../plan/plan';
import { containersOf } from './containers';
import { objectOf } from './object';

/** A container whose image changes. */
export interface ImageChange {
  readonly container: string;
  readonly from: string;
  readonly to: string;
  /** Whether registry and repository stay the same. */
  readonly samePublisher: boolean;
}

/** Containers that are there before and after, with another image. */
export function changes(change: ResourceChange): readonly ImageChange[] {
  const before = new Map(containersOf(objectOf(change, 'before')).map((each) => [each.name, each.image]));
  return containersOf(objectOf(change, 'after')).flatMap(({ name, image }) => {
    const from = before.get(name);
    if (typeof from !== 'string' || typeof image !== 'string' || from === image) return [];
    return [{ container: name, from, to: image, samePublisher: repository(from) === repository(image) }];
  });
}

function repository(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[\w.-]+$/, '');
}
