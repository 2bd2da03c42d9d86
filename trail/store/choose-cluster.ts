import { UsageError } from '../errors';
import type { WriterState } from './queries/writers';

/**
 * The cluster that was asked for by name, or the only one that the trail has. Throws a UsageError where there
 * are several, and where the name is none of them.
 */
export function chooseCluster(asked: string | undefined, writers: readonly WriterState[]): string {
  const names = writers.map(({ cluster }) => cluster);
  const list = names.join(', ');
  if (asked !== undefined && asked !== '') {
    // A trail that has recorded nothing yet knows no cluster.
    if (names.length === 0 || names.includes(asked)) return asked;
    throw new UsageError(`this trail has no cluster '${asked}'; it has ${list}`, 'choose one of them');
  }
  const [only, ...others] = names;
  if (others.length > 0) {
    throw new UsageError(`this trail has several clusters: ${list}`, 'choose one with --cluster');
  }
  return only ?? 'default';
}
