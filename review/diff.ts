import { parse } from 'yaml';
import { nameOf, objectOf, type Side } from './kubernetes/object';
import { typedObject } from './kubernetes/typed';
import { declared } from './kubernetes/live';
import { MASKED, type Mask } from './mask';
import { isNoise } from './noise';
import type { Action, ResourceChange } from './plan/plan';
import { isPlaceholder, isSecretName, isSecretPath } from './secrets';
import {
  at,
  eachLeaf,
  formatPath,
  isFields,
  isList,
  isVoid,
  scalarText,
  UNKNOWN,
  without,
  type Path,
  type Value,
} from './value';

/** How one resource changes, masked and ready to be shown. */
export interface ResourceDiff {
  readonly address: string;
  readonly previousAddress: string | undefined;
  readonly type: string;
  /** As people name it, e.g. `Deployment calico-system/goldmane`; undefined for what is no Kubernetes object. */
  readonly object: string | undefined;
  readonly action: Action;
  readonly imported: boolean;
  /** `path: before → after`, sorted by path. Empty for what is deleted. */
  readonly lines: readonly DiffLine[];
}

export interface DiffLine {
  readonly path: string;
  readonly sign: '+' | '-' | '~';
  /** Missing for `+`. */
  readonly before: string | undefined;
  /** Missing for `-`. */
  readonly after: string | undefined;
}

const LONGEST = 120;

/** The change as a list of leaves; undefined for what does not change and is neither moved nor imported. */
export function diffOf(change: ResourceChange, mask: Mask): ResourceDiff | undefined {
  const moved = change.previousAddress !== undefined && change.previousAddress !== change.address;
  if (change.action === 'no-op' && !moved && change.importing === undefined) return undefined;
  if (change.mode !== 'managed') return undefined;
  const object = objectOf(change, 'after') ?? objectOf(change, 'before');
  return {
    address: mask.text(
      change.deposed === undefined ? change.address : `${change.address} (deposed ${change.deposed})`,
    ),
    previousAddress: moved ? mask.text(change.previousAddress) : undefined,
    type: change.type,
    object: object === undefined ? undefined : mask.text(nameOf(object)),
    action: change.action,
    imported: change.importing !== undefined,
    lines:
      change.action === 'delete' || change.action === 'no-op' || change.action === 'forget'
        ? []
        : lines(change, mask),
  };
}

function lines(change: ResourceChange, mask: Mask): readonly DiffLine[] {
  const before = leavesOf(change, 'before', mask);
  const after = leavesOf(change, 'after', mask);
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const unknown = [...after].filter(([, leaf]) => leaf.raw === UNKNOWN).map(([path]) => path);
  return paths.flatMap((path) => {
    const [from, to] = [before.get(path), after.get(path)];
    if (from !== undefined && to !== undefined && from.raw === to.raw) return [];
    if (isNoise(path, change.type)) return [];
    // One line says that the whole of it is not known yet.
    if (
      to === undefined &&
      unknown.some((each) => path.startsWith(`${each}.`) || path.startsWith(`${each}[`))
    )
      return [];
    if (change.action === 'create' && !isTelling(path, change)) return [];
    // What a new object fills in by itself says nothing.
    const anew = change.action === 'create' || change.action === 'replace';
    if (anew && (to?.raw === UNKNOWN || (to === undefined && isDefault(from?.raw)))) return [];
    const sign = from === undefined ? '+' : to === undefined ? '-' : '~';
    return [{ path: mask.text(path), sign, before: from?.shown, after: to?.shown }];
  });
}

function isDefault(raw: unknown): boolean {
  return raw === false || raw === 0;
}

interface Leaf {
  /** For comparison only. */
  readonly raw: unknown;
  readonly shown: string;
}

/** In front of what Terraform calls sensitive, so that it can be compared and is never shown. */
const SENSITIVE = '\u0000sensitive ';

function leavesOf(change: ResourceChange, side: Side, mask: Mask): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const value = withEmptyElements(expanded(change, side));
  if (!isFields(value)) return leaves;
  const isSecret = objectOf(change, side)?.kind === 'Secret';
  eachLeaf(value, (leaf, path) => {
    if (isVoid(leaf)) return;
    const hidden = isSensitive(leaf) || looksSecret(value, path, leaf) || (isSecret && isSecretData(path));
    leaves.set(formatPath(named(value, path)), { raw: leaf, shown: hidden ? MASKED : show(leaf, mask) });
  });
  return leaves;
}

// An empty element of a list is no leaf, but it says much: a rule that matches everything.
function withEmptyElements(value: Value): Value {
  if (isList(value))
    return value.map((each) => (isFields(each) && isVoid(each) ? '{}' : withEmptyElements(each)));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withEmptyElements(each)]));
}

function isSensitive(leaf: Value): boolean {
  return typeof leaf === 'string' && leaf.startsWith(SENSITIVE);
}

function withMarks(value: Value, marks: Value): Value {
  if (marks === false || marks === null) return value;
  if (isList(value))
    return value.map((each, index) => withMarks(each, marks === true || (at(marks, index) ?? false)));
  if (isFields(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        withMarks(each, marks === true || (at(marks, key) ?? false)),
      ]),
    );
  }
  if (marks !== true || isVoid(value) || value === UNKNOWN) return value;
  return `${SENSITIVE}${String(value)}`;
}

/** Kubernetes objects as manifests, Helm values as objects instead of texts, sensitive leaves marked. */
function expanded(change: ResourceChange, side: Side): Value {
  const marks = change[side === 'before' ? 'beforeSensitive' : 'afterSensitive'];
  const value = withMarks(change[side], marks);
  if (!isFields(value)) return value;
  if (change.type === 'kubectl_manifest') {
    const parsed = value['yaml_body_parsed'];
    const rest = without(value, 'yaml_body', 'yaml_body_parsed');
    // Without the readable form the whole manifest counts as sensitive, as the provider says.
    const readable = typeof parsed === 'string' && !isSensitive(parsed);
    const object = readable ? objectOf(change, side) : undefined;
    return object === undefined ? value : { ...rest, ...declared(object.body) };
  }
  if (change.type.startsWith('kubernetes_')) {
    const body = typedObject(change.type, value);
    return body === undefined ? value : declared(body);
  }
  const values = value['values'];
  if (change.type === 'helm_release' && isList(values)) {
    return { ...value, values: values.map((each) => (typeof each === 'string' ? yaml(each) : each)) };
  }
  return value;
}

/** Of what is created, the provider's own switches are left out: they are at their defaults as a rule. */
function isTelling(path: string, change: ResourceChange): boolean {
  if (change.type === 'helm_release')
    return /^(name|namespace|chart|version|repository|values|set\w*)($|[.[])/.test(path);
  return objectOf(change, 'after') === undefined || /[.[]/.test(path) || path === 'type';
}

function yaml(text: string): Value {
  try {
    const parsed: unknown = parse(text, { logLevel: 'silent' });
    return isFields(parsed) ? parsed : text;
  } catch {
    return text;
  }
}

// Elements of a list are told apart by their names where they have one: inserting one does not shift the rest.
function named(value: Value, path: Path): Path {
  return path.map((step, index) => {
    if (typeof step !== 'number') return step;
    const list = at(value, ...path.slice(0, index));
    const element = at(list, step);
    const name = at(element, 'name');
    const unique = isList(list) && list.filter((each) => at(each, 'name') === name).length === 1;
    return typeof name === 'string' && unique ? name : step;
  });
}

function looksSecret(value: Value, path: Path, leaf: Value): boolean {
  if (typeof leaf === 'boolean' || typeof leaf === 'symbol') return false;
  if (typeof leaf === 'string' && isPlaceholder(leaf)) return false;
  if (path.at(-1) === 'value') {
    const name = at(value, ...path.slice(0, -1), 'name');
    if (typeof name === 'string' && isSecretName(name)) return true;
  }
  return isSecretPath(path);
}

function isSecretData(path: Path): boolean {
  return path.some((step) =>
    ['data', 'stringData', 'string_data', 'binary_data', 'binaryData'].includes(String(step)),
  );
}

function show(leaf: Value, mask: Mask): string {
  if (leaf === UNKNOWN) return '(known after apply)';
  const text = mask.text(scalarText(leaf));
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
  return typeof leaf === 'string' ? `"${cut}"` : cut;
}
