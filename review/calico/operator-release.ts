import { parse } from 'yaml';
import {
  isVoid,
  asFields,
  asList,
  asText,
  at,
  isFields,
  isList,
  same,
  UNKNOWN,
  type Fields,
  type Value,
} from '../value';
import type { ResourceChange } from '../plan/plan';
import type { Side } from '../kubernetes/object';

/** What a Helm release of the chart `tigera-operator` is at one side of a change. */
export interface OperatorRelease {
  /** Calico version, e.g. `v3.30.7`; UNKNOWN where it is known only after the apply; undefined where none is named. */
  readonly version: string | typeof UNKNOWN | undefined;
  /** Values as the chart sees them; UNKNOWN where part of them can't be told from the plan. */
  readonly values: Fields | typeof UNKNOWN;
}

/** Parts of the chart that are on unless the values turn them off. */
export type Component = 'installation' | 'apiServer' | 'goldmane' | 'whisker';

/** Whether a resource is the operator's Helm release, before or after the change. */
export function isOperatorRelease(change: ResourceChange): boolean {
  return (
    change.type === 'helm_release' &&
    (['before', 'after'] as const).some((side) => isOperatorChart(at(change[side], 'chart')))
  );
}

function isOperatorChart(chart: Value | undefined): boolean {
  return (
    typeof chart === 'string' && /(^|\/)tigera-operator(-v?[\d.]+(-[\w.]+)?\.tgz)?\/?$/.test(chart.trim())
  );
}

/**
 * The release at one side; undefined where there is none. Before: what is live, as Helm recorded it
 * (`metadata`), for an import knows nothing else. After: what is planned.
 */
export function operatorRelease(change: ResourceChange, side: Side): OperatorRelease | undefined {
  const known = cache.get(change) ?? {};
  cache.set(change, known);
  if (!(side in known)) known[side] = build(change, side);
  return known[side];
}

const cache = new WeakMap<ResourceChange, Partial<Record<Side, OperatorRelease | undefined>>>();

function build(change: ResourceChange, side: Side): OperatorRelease | undefined {
  const release = change[side];
  if (!isFields(release) || !isOperatorChart(at(release, 'chart'))) return undefined;
  const live = side === 'before' ? firstBlock(at(release, 'metadata')) : undefined;
  return { version: versionOf(release, live), values: liveValues(live) ?? plannedValues(release) };
}

/** Whether the chart's component is on; UNKNOWN where the plan can't tell. The chart's default is on. */
export function isOn(release: OperatorRelease, component: Component): boolean | typeof UNKNOWN {
  if (release.values === UNKNOWN) return UNKNOWN;
  const enabled = at(release.values, component, 'enabled');
  if (enabled === UNKNOWN || at(release.values, component) === UNKNOWN) return UNKNOWN;
  return enabled === undefined || enabled === null ? true : enabled === true || enabled === 'true';
}

/** Names of values that differ, e.g. `resources.limits.memory`, top two levels; undefined where unknown. */
export function changedValues(
  before: OperatorRelease,
  after: OperatorRelease,
): readonly string[] | undefined {
  const { values: from } = before;
  const { values: to } = after;
  if (from === UNKNOWN || to === UNKNOWN) return undefined;
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.filter((key) => !same(at(from, key), at(to, key)));
}

function versionOf(release: Fields, live: Value | undefined): OperatorRelease['version'] {
  const version = asText(at(live, 'version')) ?? at(release, 'version');
  if (version === UNKNOWN) return UNKNOWN;
  const text = asText(version) ?? /-(v?\d+\.\d+\.\d+)\.tgz$/.exec(asText(at(release, 'chart')) ?? '')?.[1];
  if (text === undefined) return undefined;
  return /^\d/.test(text) ? `v${text}` : text;
}

// Helm providers before 3 keep blocks as lists of one.
function firstBlock(value: Value | undefined): Value | undefined {
  return isList(value) ? value[0] : value;
}

function liveValues(live: Value | undefined): Fields | undefined {
  const text = asText(at(live, 'values'));
  if (text === undefined) return undefined;
  const values: unknown = JSON.parse(text);
  return isFields(values) ? values : undefined;
}

function plannedValues(release: Fields): Fields | typeof UNKNOWN {
  const documents = release['values'];
  const settings = [...asList(release['set']), ...asList(release['set_list'])];
  if (documents === UNKNOWN || release['set'] === UNKNOWN || release['set_list'] === UNKNOWN) return UNKNOWN;
  let values: Fields = {};
  for (const document of asList(documents)) {
    if (document === UNKNOWN) return UNKNOWN;
    const text = asText(document);
    if (text === undefined) continue;
    const parsed: unknown = parse(text, { logLevel: 'silent' });
    if (parsed !== null && !isFields(parsed))
      throw new Error('the values of the operator release are not a YAML object');
    values = merge(values, asFields(parsed));
  }
  for (const setting of settings) {
    const name = asText(at(setting, 'name'));
    if (name === undefined) return UNKNOWN;
    values = merge(
      values,
      nest(
        name.split(/(?<!\\)\./).map((step) => step.replaceAll('\\.', '.')),
        settled(setting),
      ),
    );
  }
  // Write-only and sensitive settings hide what they set.
  const hidden = [...asList(release['set_sensitive']), ...asList(release['set_wo'])];
  return hidden.length > 0 || !isVoid(release['set_wo_revision']) ? UNKNOWN : values;
}

function settled(setting: Value): Value {
  const value = at(setting, 'value') ?? null;
  if (typeof value !== 'string' || at(setting, 'type') === 'string') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return value;
}

function nest(path: readonly string[], value: Value): Fields {
  const [first = '', ...rest] = path;
  return { [first]: rest.length === 0 ? value : nest(rest, value) };
}

// As Helm does it: objects merge, anything else replaces.
function merge(base: Fields, over: Fields): Fields {
  const result: Record<string, Value> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = isFields(old) && isFields(value) ? merge(old, value) : value;
  }
  return result;
}
