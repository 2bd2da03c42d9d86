import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import type { Plan } from '../../review/plan/plan';
import { readPlan } from '../../review/plan/read';
import type { Rule, Severity } from '../../review/rule';

type Json = Readonly<Record<string, unknown>>;

/** One element of `resource_changes`, as Terraform writes it. */
export type RawChange = Json & { readonly change: Json };

/** JSON of a plan with these changes, as `terraform show -json` shapes it. */
export function planJson(changes: readonly RawChange[] = [], rest: Json = {}): Json {
  return {
    format_version: '1.2',
    terraform_version: '1.11.4',
    planned_values: { root_module: {} },
    // A state of its own, so that a plan of one creation is not one of an empty state.
    prior_state: state([{ address: 'terraform_data.other', type: 'terraform_data' }]),
    configuration: {},
    resource_changes: changes,
    ...rest,
  };
}

/** A state, or the planned values, of these resources. */
export function state(resources: readonly Json[]): Json {
  return { format_version: '1.0', values: { root_module: { resources } } };
}

/** The plan as rules see it, read from its JSON. */
export function planOf(changes: readonly RawChange[] = [], rest: Json = {}): Plan {
  return readPlan(Buffer.from(JSON.stringify(planJson(changes, rest))));
}

/** A change of one resource; which action follows from which sides there are. */
export function change(address: string, before: Json | null, after: Json | null, more: Json = {}): RawChange {
  const { change: inner, ...rest } = more as { readonly change?: Json };
  const same = JSON.stringify(before) === JSON.stringify(after);
  const actions = before === null ? ['create'] : after === null ? ['delete'] : same ? ['no-op'] : ['update'];
  const [type = '', name = ''] = address.replace(/^(module\.[^.]+\.)*/, '').split('.');
  return {
    address,
    mode: 'managed',
    type,
    name: name.replace(/\[.*$/, ''),
    provider_name: `registry.terraform.io/hashicorp/${type.split('_')[0] ?? ''}`,
    ...rest,
    change: {
      actions,
      before,
      after,
      after_unknown: {},
      before_sensitive: false,
      after_sensitive: false,
      ...inner,
    },
  };
}

/** A change of a kubectl_manifest from one object to another. */
export function manifest(before: Json | null, after: Json | null, more: Json = {}): RawChange {
  const { address = 'kubectl_manifest.it', ...rest } = more as { readonly address?: string };
  const side = (object: Json | null): Json | null => {
    if (object === null) return null;
    const yaml = stringify(object);
    const { name, namespace } = (object['metadata'] ?? {}) as Record<string, unknown>;
    return {
      kind: object['kind'],
      name,
      namespace: namespace ?? null,
      yaml_body: yaml,
      yaml_body_parsed: yaml,
    };
  };
  const sensitive = { before_sensitive: { yaml_body: true }, after_sensitive: { yaml_body: true } };
  const { change: inner = {}, ...others } = rest as { readonly change?: Json };
  return change(address, side(before), side(after), { ...others, change: { ...sensitive, ...inner } });
}

/** The operator's Helm release at a version, with values. */
export function operator(version: string | null, values: Json = OPERATOR_VALUES, more: Json = {}): Json {
  return {
    name: 'calico',
    namespace: 'tigera-operator',
    chart: 'tigera-operator',
    version,
    values: [stringify(values)],
    ...more,
  };
}

/** Values with which Helm manages the operator and nothing else. */
export const OPERATOR_VALUES: Json = {
  installation: { enabled: false },
  apiServer: { enabled: false },
  goldmane: { enabled: false },
  whisker: { enabled: false },
  resources: { limits: { memory: '512Mi' } },
};

/** A real plan of `__tests__/fixtures/plans`, e.g. `fresh`. */
export function fixtureBytes(name: string): Buffer {
  return gunzipSync(readFileSync(fixturePath(name)));
}

export function fixturePath(name: string): string {
  return join(__dirname, '../fixtures/plans', `${name}.json.gz`);
}

export function fixture(name: string): Plan {
  return readPlan(fixtureBytes(name));
}

/** What a rule reports, a line each: `severity address: what was seen`. */
export function sightings(rule: Rule, plan: Plan): readonly string[] {
  return [...rule.examine(plan)].map(
    (each) => `${each.severity ?? rule.severity} ${each.address ?? '(plan)'}: ${each.seen.join(' | ')}`,
  );
}

/** The severities that a rule reports. */
export function judged(rule: Rule, plan: Plan): readonly Severity[] {
  return [...rule.examine(plan)].map((each) => each.severity ?? rule.severity);
}
