import { objectOf } from './object';
import type { ResourceChange } from '../plan/plan';
import {
  asFields,
  asList,
  at,
  formatPath,
  isFields,
  isList,
  isVoid,
  same,
  without,
  type Fields,
  type Path,
  type Value,
} from '../value';

/** Fields that the API server writes; a manifest without them says the same. */
const serverFields = [
  'generation',
  'managedFields',
  'resourceVersion',
  'resource_version',
  'uid',
  'creationTimestamp',
  'selfLink',
  'generateName',
  'generate_name',
];

const serverAnnotations = ['kubectl.kubernetes.io/last-applied-configuration'];

/** The object without what the API server adds to it. */
export function declared(body: Fields): Fields {
  const rest = without(body, 'status');
  const metadata = Object.fromEntries(
    Object.entries(asFields(rest['metadata'])).filter(([key]) => !serverFields.includes(key)),
  );
  const annotations = Object.fromEntries(
    Object.entries(asFields(metadata['annotations'])).filter(([key]) => !serverAnnotations.includes(key)),
  );
  return { ...rest, metadata: { ...metadata, annotations } };
}

/**
 * What an update of a Kubernetes object alters once the fields that only the server writes are left out: one
 * path each. Empty means that applying it changes nothing live. Not an object: the one path `(all)`.
 */
export function withoutServerFields(change: ResourceChange): readonly string[] {
  const before = objectOf(change, 'before');
  const after = objectOf(change, 'after');
  if (before === undefined || after === undefined) return ['(all)'];
  return differences(declared(before.body), declared(after.body));
}

/**
 * Paths at which two values differ. Void and missing are equal, except where nothing means everything: an
 * empty element of a list (a rule that matches all) and an empty selector.
 */
export function differences(before: Value | undefined, after: Value | undefined): readonly string[] {
  const paths: string[] = [];
  compare(before, after, [], paths);
  return paths.sort();
}

function compare(a: Value | undefined, b: Value | undefined, path: Path, paths: string[]): void {
  if (isList(a) || isList(b)) {
    const [left, right] = [asList(a), asList(b)];
    if (left.length !== right.length || hasOther(a) || hasOther(b)) paths.push(formatPath(path));
    else for (const [index, each] of left.entries()) compare(each, right[index], [...path, index], paths);
    return;
  }
  if (isFields(a) || isFields(b)) {
    const step = path.at(-1);
    const selects = step === 'podSelector' || step === 'namespaceSelector';
    if (selects && isFields(a) !== isFields(b)) paths.push(formatPath(path));
    else {
      const keys = new Set([...Object.keys(asFields(a)), ...Object.keys(asFields(b))]);
      for (const key of keys) compare(at(a, key), at(b, key), [...path, key], paths);
      if (hasOther(a) || hasOther(b)) paths.push(formatPath(path));
    }
    return;
  }
  if (!same(a, b)) paths.push(formatPath(path));
}

// A scalar or an unknown value where the other side has a list or an object.
function hasOther(value: Value | undefined): boolean {
  return !isList(value) && !isFields(value) && !isVoid(value);
}
