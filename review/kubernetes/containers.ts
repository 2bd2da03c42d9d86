import { podSpecOf } from './typed';
import type { KubernetesObject } from './object';
import { asFields, asList, asText, at, isFields, UNKNOWN, type Fields } from '../value';

/** A container of a workload, by name. */
export interface Container {
  readonly name: string;
  /** UNKNOWN where it is known only after the apply. */
  readonly image: string | typeof UNKNOWN | undefined;
  readonly limits: Fields;
  readonly requests: Fields;
}

/** Containers of a workload, init containers included; none where it is no workload. */
export function containersOf(object: KubernetesObject | undefined): readonly Container[] {
  const spec = object === undefined ? undefined : podSpecOf(object.body);
  return [...asList(spec?.['initContainers']), ...asList(spec?.['containers'])]
    .filter(isFields)
    .map((container) => ({
      name: asText(container['name']) ?? '(unnamed)',
      image: container['image'] === UNKNOWN ? UNKNOWN : asText(container['image']),
      limits: asFields(at(container, 'resources', 'limits')),
      requests: asFields(at(container, 'resources', 'requests')),
    }));
}

/** An amount such as `512Mi`, `1.5`, `200m` as a number; undefined where it is none. */
export function quantity(text: unknown): number | undefined {
  if (typeof text === 'number') return text;
  const match =
    typeof text === 'string' ? /^([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)([A-Za-z]*)$/.exec(text.trim()) : null;
  const factor = match === null ? undefined : factors[match[2] ?? ''];
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}

const factors: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Why an image may be another one tomorrow; undefined where its version is pinned. */
export function unpinned(image: string): string | undefined {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return undefined;
  const tag = /:([\w.-]+)$/.exec(image.split('/').at(-1) ?? '')?.[1];
  if (tag === undefined) return 'no tag: whatever is newest';
  const moving = /^(latest|stable|edge|main|master|dev|nightly|canary|release|lts)$/i.test(tag);
  return moving ? `the tag ${tag} moves` : undefined;
}
