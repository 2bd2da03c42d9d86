import type { DataRead, Managed } from './plan';
import { elements, members, parseSpan, type Span } from './scan';
import { asText, at, type Value } from '../value';

interface StateResource extends DataRead {
  readonly mode: string;
  readonly managed: Managed;
}

/**
 * Visits every resource of a state (`prior_state`) or of `planned_values`, child modules included, and keeps
 * none of them. Values are handed on for data sources only.
 */
export function eachResource(bytes: Uint8Array, span: Span, visit: (resource: StateResource) => void): void {
  if (bytes[span.start] !== 0x7b) return;
  for (const [key, inner] of members(bytes, span)) {
    if (key === 'values') eachResource(bytes, inner, visit);
    if (key === 'root_module') eachInModule(bytes, inner, visit);
  }
}

function eachInModule(bytes: Uint8Array, module: Span, visit: (resource: StateResource) => void): void {
  if (bytes[module.start] !== 0x7b) return;
  for (const [key, inner] of members(bytes, module)) {
    if (key === 'resources') {
      for (const element of elements(bytes, inner)) visit(stateResource(parseSpan(bytes, element)));
    }
    if (key === 'child_modules') {
      for (const child of elements(bytes, inner)) eachInModule(bytes, child, visit);
    }
  }
}

function stateResource(value: Value): StateResource {
  const mode = asText(at(value, 'mode')) ?? 'managed';
  const schemaVersion = at(value, 'schema_version');
  return {
    address: asText(at(value, 'address')) ?? '(a resource without an address)',
    mode,
    type: asText(at(value, 'type')) ?? '',
    values: mode === 'data' ? (at(value, 'values') ?? null) : null,
    sensitive: mode === 'data' ? (at(value, 'sensitive_values') ?? null) : null,
    managed: {
      provider: asText(at(value, 'provider_name')),
      schemaVersion: typeof schemaVersion === 'number' ? schemaVersion : undefined,
    },
  };
}
