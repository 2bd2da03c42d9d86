/** Values of a plan: JSON, plus a marker for what Terraform learns only while it applies. */

/** Stands where Terraform prints "(known after apply)". */
export const UNKNOWN: unique symbol = Symbol('known after apply');

export type Value =
  null | boolean | number | string | typeof UNKNOWN | readonly Value[] | { readonly [name: string]: Value };

/** An object of a plan. */
export type Fields = Readonly<Record<string, Value>>;

/** Where a value sits: names of fields and indices of lists. */
export type Path = readonly (string | number)[];

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}

/** The value at `path`; undefined where a step is missing. Only own properties count. */
export function at(value: Value | undefined, ...path: Path): Value | undefined {
  let current = value;
  for (const step of path) {
    if (isList(current) && typeof step === 'number') current = current[step];
    else if (isFields(current) && Object.hasOwn(current, step)) current = current[String(step)];
    else return undefined;
  }
  return current;
}

/** The string itself, or undefined for anything else and for the empty string. */
export function asText(value: Value | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The list itself, or an empty one for anything else. */
export function asList(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : [];
}

/** The object itself, or an empty one for anything else. */
export function asFields(value: Value | undefined): Fields {
  return isFields(value) ? value : {};
}

/** The strings of a list of strings; whatever else it holds is left out. */
export function asTexts(value: Value | undefined): readonly string[] {
  return asList(value).filter((each): each is string => typeof each === 'string');
}

/** Whether a value says nothing: null, missing, an empty string, or a list or object of such. */
export function isVoid(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (isList(value)) return value.every(isVoid);
  return isFields(value) && Object.values(value).every(isVoid);
}

/** Deep equality; what says nothing equals what is missing. An unknown value equals nothing. */
export function same(a: Value | undefined, b: Value | undefined): boolean {
  if (a === UNKNOWN || b === UNKNOWN) return false;
  if (isVoid(a) && isVoid(b)) return true;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((each, index) => same(each, b[index]));
  if (isFields(a) && isFields(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => same(at(a, key), at(b, key)));
  }
  return a === b;
}

/** Calls `visit` for every leaf (a scalar or an unknown value) with its path. */
export function eachLeaf(
  value: Value,
  visit: (leaf: Exclude<Value, readonly Value[] | Fields>, path: Path) => void,
  path: Path = [],
): void {
  if (isList(value)) {
    for (const [index, each] of value.entries()) eachLeaf(each, visit, [...path, index]);
  } else if (isFields(value)) {
    for (const [key, each] of Object.entries(value)) eachLeaf(each, visit, [...path, key]);
  } else visit(value, path);
}

/** Whether an unknown value sits anywhere inside. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (isList(value)) return value.some(hasUnknown);
  return isFields(value) && Object.values(value).some(hasUnknown);
}

/** Puts UNKNOWN into `after` wherever Terraform's `after_unknown` says true. */
export function withUnknown(after: Value | undefined, unknown: Value | undefined): Value {
  if (unknown === true) return UNKNOWN;
  if (isList(unknown)) {
    const base = asList(after);
    if (!unknown.some(marks)) return after ?? null;
    const length = Math.max(base.length, unknown.length);
    return Array.from({ length }, (_, index) => withUnknown(base[index], unknown[index]));
  }
  if (isFields(unknown) && Object.values(unknown).some(marks)) {
    const result: Record<string, Value> = { ...asFields(after) };
    for (const [key, each] of Object.entries(unknown)) {
      if (marks(each)) result[key] = withUnknown(at(after, key), each);
    }
    return result;
  }
  return after ?? null;
}

function marks(unknown: Value): boolean {
  if (unknown === true) return true;
  if (isList(unknown)) return unknown.some(marks);
  return isFields(unknown) && Object.values(unknown).some(marks);
}

/** A path as people write it: `spec.container[0].image`, odd names quoted. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** The object without some of its fields. */
export function without(fields: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** A scalar as text; lists and objects as JSON. */
export function scalarText(value: Value | undefined): string {
  if (value === UNKNOWN) return '(known after apply)';
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
