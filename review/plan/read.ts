import * as z from 'zod';
import { actionOf, parseChange } from './change';
import { PlanFault } from './fault';
import type { Check, DataRead, Managed, OutputChange, Plan, ProviderBlock, Variable } from './plan';
import { documentSpan, elements, members, parseSpan, type Span } from './scan';
import { eachResource } from './state';
import { asFields, asList, asText, at, isFields, withUnknown, type Value } from '../value';

/**
 * Reads what `terraform show -json PLAN` (or `tofu show -json PLAN`) wrote, UTF-8. Throws a PlanFault where
 * it can't be judged: not a plan, cut off, of another major format version, or a plan that failed.
 */
export function readPlan(bytes: Uint8Array): Plan {
  refuseOtherThings(bytes);
  const top = new Map(members(bytes, documentSpan(bytes)));
  const value = (key: string): Value => {
    const span = top.get(key);
    return span === undefined ? null : parseSpan(bytes, span);
  };
  const formatVersion = readFormatVersion(value('format_version'), top);
  if (value('errored') === true) {
    throw new PlanFault(
      'plan-errored',
      'the plan failed and is incomplete ("errored": true)',
      'correct what `terraform plan` reports and plan again',
    );
  }
  const priorState = top.get('prior_state');
  const dataReads: DataRead[] = [];
  const prior =
    priorState === undefined ? new Map<string, Managed>() : readPrior(bytes, priorState, dataReads);
  return {
    formatVersion,
    terraformVersion: asText(value('terraform_version')),
    complete: value('complete') !== false,
    changes: sorted(list(bytes, top, 'resource_changes').map(parseChange)),
    drift: sorted(list(bytes, top, 'resource_drift').map(parseChange)),
    deferred: list(bytes, top, 'deferred_changes').map((each) => ({
      reason: asText(at(each, 'reason')) ?? 'unknown',
      change: parseChange(at(each, 'resource_change') ?? null),
    })),
    outputs: readOutputs(value('output_changes')),
    checks: asList(value('checks')).map(readCheck),
    providers: readProviders(bytes, top.get('configuration')),
    variables: readVariables(bytes, value('variables'), top.get('configuration')),
    hasPriorState: prior.size > 0 || dataReads.length > 0,
    prior,
    planned: readPlanned(bytes, top.get('planned_values')),
    dataReads: dataReads.sort((a, b) => order(a.address, b.address)),
    actionInvocations: [
      ...asList(value('action_invocations')),
      ...asList(value('deferred_action_invocations')),
    ]
      .map((each) => asText(at(each, 'address')) ?? '(an action without an address)')
      .sort(order),
  };
}

/** Order by code unit: the same on every machine, whatever its locale. */
export function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function sorted<T extends { readonly address: string; readonly deposed: string | undefined }>(
  changes: readonly T[],
): T[] {
  return [...changes].sort((a, b) => order(a.address, b.address) || order(a.deposed ?? '', b.deposed ?? ''));
}

function* lazily(bytes: Uint8Array, span: Span): Generator<Value> {
  for (const element of elements(bytes, span)) yield parseSpan(bytes, element);
}

function list(
  bytes: Uint8Array,
  top: ReadonlyMap<string, Span>,
  key: string,
): { map<T>(f: (v: Value) => T): T[] } {
  const span = top.get(key);
  return {
    map: (convert) => (span === undefined ? [] : Array.from(lazily(bytes, span), convert)),
  };
}

function refuseOtherThings(bytes: Uint8Array): void {
  const text = new TextDecoder().decode(bytes.subarray(0, 4096)).trimStart();
  const remedy = 'pass what `terraform show -json PLAN` prints';
  if (text === '') throw new PlanFault('plan-empty', 'the plan is empty', remedy);
  if (!text.startsWith('{')) {
    const human = /Terraform|OpenTofu|will be (created|destroyed|updated)|No changes/.test(text);
    const what = human ? 'this is the plan as people read it, not JSON' : 'the plan is not JSON';
    throw new PlanFault('plan-unreadable', what, remedy);
  }
  if (text.startsWith('{"@level"')) {
    throw new PlanFault('plan-unreadable', 'this is the log of `terraform plan -json`, not a plan', remedy);
  }
  if (/^\{[^{]*"encrypted_data"/.test(text)) {
    throw new PlanFault(
      'plan-encrypted',
      'this is an encrypted plan file',
      'pass what `tofu show -json PLAN` prints',
    );
  }
}

function readFormatVersion(version: Value, top: ReadonlyMap<string, unknown>): string {
  const remedy = 'pass what `terraform show -json PLAN` prints, from Terraform ≥ 1.5 or OpenTofu';
  if (typeof version !== 'string') {
    throw new PlanFault('not-a-plan', 'the document has no format_version', remedy);
  }
  if (!/^1\.\d+$/.test(version)) {
    throw new PlanFault('format-unknown', `format_version "${version}" is not known; known are 1.x`, remedy);
  }
  if (top.has('values') && !top.has('planned_values')) {
    throw new PlanFault('not-a-plan', 'this is a state, not a plan', remedy);
  }
  if (!top.has('planned_values') && !top.has('resource_changes')) {
    throw new PlanFault('not-a-plan', 'the document has neither planned_values nor resource_changes', remedy);
  }
  return version;
}

function readPrior(bytes: Uint8Array, span: Span, dataReads: DataRead[]): Map<string, Managed> {
  const prior = new Map<string, Managed>();
  eachResource(bytes, span, (resource) => {
    if (resource.mode === 'data') dataReads.push(resource);
    else prior.set(resource.address, resource.managed);
  });
  return prior;
}

function readPlanned(bytes: Uint8Array, span: Span | undefined): Map<string, Managed> {
  const planned = new Map<string, Managed>();
  if (span === undefined) return planned;
  eachResource(bytes, span, (resource) => {
    if (resource.mode !== 'data') planned.set(resource.address, resource.managed);
  });
  return planned;
}

function readOutputs(value: Value): OutputChange[] {
  return Object.entries(asFields(value))
    .map(([name, change]): OutputChange => ({
      name,
      action: actionOf(asList(at(change, 'actions')).map(String)),
      before: at(change, 'before') ?? null,
      after: withUnknown(at(change, 'after'), at(change, 'after_unknown')),
      sensitive: at(change, 'before_sensitive') === true || at(change, 'after_sensitive') === true,
    }))
    .sort((a, b) => order(a.name, b.name));
}

function readCheck(value: Value): Check {
  const instances = asList(at(value, 'instances'));
  const problems = instances.flatMap((instance) =>
    asList(at(instance, 'problems')).map((each) => asText(at(each, 'message')) ?? 'no message'),
  );
  return {
    address: asText(at(value, 'address', 'to_display')) ?? '(a check without an address)',
    status: asText(at(value, 'status')) ?? 'unknown',
    problems,
  };
}

const providerSchema = z.looseObject({
  full_name: z.string().optional(),
  name: z.string().optional(),
  version_constraint: z.string().optional(),
});

function readProviders(bytes: Uint8Array, configuration: Span | undefined): ProviderBlock[] {
  const providers = configurationPart(bytes, configuration, 'provider_config');
  return Object.entries(asFields(providers))
    .map(([key, value]): ProviderBlock => {
      const block = providerSchema.safeParse(value).data;
      return {
        key,
        fullName: block?.full_name ?? block?.name,
        constraint: block?.version_constraint,
        expressions: at(value, 'expressions') ?? null,
      };
    })
    .sort((a, b) => order(a.key, b.key));
}

function configurationPart(bytes: Uint8Array, span: Span | undefined, ...path: readonly string[]): Value {
  let current = span;
  for (const key of path) {
    if (current === undefined || bytes[current.start] !== 0x7b) return null;
    current = new Map(members(bytes, current)).get(key);
  }
  return current === undefined ? null : parseSpan(bytes, current);
}

function readVariables(bytes: Uint8Array, values: Value, configuration: Span | undefined): Variable[] {
  const declared = configurationPart(bytes, configuration, 'root_module', 'variables');
  return Object.entries(asFields(values))
    .map(([name, each]): Variable => ({
      name,
      value: (isFields(each) ? at(each, 'value') : each) ?? null,
      sensitive: at(declared, name, 'sensitive') === true,
    }))
    .sort((a, b) => order(a.name, b.name));
}
