import { parseDocument } from 'yaml';
import { typedObject } from './typed';
import type { ResourceChange } from '../plan/plan';
import { asFields, asText, at, isFields, UNKNOWN, type Fields, type Value } from '../value';

/** A Kubernetes object, whichever provider describes it; `body` has the shape of the manifest. */
export interface KubernetesObject {
  /** API group, empty for the core one. */
  readonly group: string;
  readonly kind: string;
  /** Undefined where it is generated or not known before the apply. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly body: Fields;
}

export type Side = 'before' | 'after';

const cache = new WeakMap<ResourceChange, Map<string, KubernetesObject | undefined>>();

/**
 * The Kubernetes object that a resource is, before or after; undefined where there is none, where the type
 * is not a Kubernetes one, and where its manifest can't be read (`manifestProblem` says so).
 *
 * kubectl_manifest: the readable `yaml_body_parsed` counts, whose sensitive fields the provider has masked;
 * `raw` asks for the full `yaml_body`.
 */
export function objectOf(
  change: ResourceChange,
  side: Side,
  options: { readonly raw?: boolean } = {},
): KubernetesObject | undefined {
  const known = cache.get(change) ?? new Map<string, KubernetesObject | undefined>();
  cache.set(change, known);
  const key = `${side}${options.raw === true ? '/raw' : ''}`;
  if (!known.has(key)) known.set(key, build(change, side, options.raw ?? false));
  return known.get(key);
}

/** Why a manifest can't be judged, or undefined. */
export function manifestProblem(change: ResourceChange, side: Side): string | undefined {
  const value = change[side];
  if (!isFields(value)) return undefined;
  if (change.type === 'kubernetes_manifest') {
    return at(value, 'manifest') === UNKNOWN ? 'the manifest is known only after the apply' : undefined;
  }
  if (change.type !== 'kubectl_manifest') return undefined;
  const text = manifestText(value, false);
  if (text === UNKNOWN) return 'the manifest is known only after the apply';
  if (text === undefined) return 'the manifest is missing';
  return parseManifest(text) === undefined ? 'the manifest is not one YAML object' : undefined;
}

function build(change: ResourceChange, side: Side, raw: boolean): KubernetesObject | undefined {
  const value = change[side];
  if (!isFields(value)) return undefined;
  if (change.type === 'kubectl_manifest') {
    const text = manifestText(value, raw);
    const body = typeof text === 'string' ? parseManifest(text) : undefined;
    return body === undefined ? undefined : fromBody(body, asText(at(value, 'override_namespace')));
  }
  if (change.type === 'kubernetes_manifest') {
    const body = at(value, 'manifest');
    return isFields(body) ? fromBody(body) : undefined;
  }
  if (!change.type.startsWith('kubernetes_')) return undefined;
  const typed = typedObject(change.type, value);
  return typed === undefined ? undefined : fromBody(typed);
}

function fromBody(body: Fields, namespace?: string): KubernetesObject | undefined {
  const kind = asText(body['kind']);
  if (kind === undefined) return undefined;
  const apiVersion = asText(body['apiVersion']) ?? '';
  return {
    group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
    kind,
    name: asText(at(body, 'metadata', 'name')),
    namespace: namespace ?? asText(at(body, 'metadata', 'namespace')),
    body,
  };
}

function manifestText(value: Fields, raw: boolean): string | typeof UNKNOWN | undefined {
  const names = raw ? ['yaml_body', 'yaml_body_parsed'] : ['yaml_body_parsed', 'yaml_body'];
  let unknown = false;
  for (const name of names) {
    const text = value[name];
    if (typeof text === 'string' && text.trim() !== '') return text;
    if (text === UNKNOWN) unknown = true;
  }
  return unknown ? UNKNOWN : undefined;
}

/** Parses YAML that must hold one object; undefined for anything else. */
export function parseManifest(text: string): Fields | undefined {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) return undefined;
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  return isFields(value) ? value : undefined;
}

/** `Deployment calico-system/goldmane`, as messages name an object. */
export function nameOf(object: KubernetesObject): string {
  const name = object.name ?? '(generated name)';
  return `${object.kind} ${object.namespace === undefined ? name : `${object.namespace}/${name}`}`;
}

/** Labels of an object, strings only. */
export function labelsOf(value: Value | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(asFields(value)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
