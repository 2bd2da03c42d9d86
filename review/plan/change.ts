import * as z from 'zod';
import { PlanFault } from './fault';
import type { Action, ResourceChange } from './plan';
import { withUnknown, type Value } from '../value';

const value = z.custom<Value>((each) => each !== undefined);

const changeSchema = z.object({
  actions: z.array(z.string()).min(1),
  before: value.optional(),
  after: value.optional(),
  after_unknown: value.optional(),
  before_sensitive: value.optional(),
  after_sensitive: value.optional(),
  replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).nullish(),
  importing: z.looseObject({ id: z.string().nullish() }).nullish(),
});

const resourceChangeSchema = z.object({
  address: z.string().min(1),
  previous_address: z.string().nullish(),
  mode: z.enum(['managed', 'data', 'ephemeral']).default('managed'),
  type: z.string().min(1),
  name: z.string().default(''),
  provider_name: z.string().nullish(),
  deposed: z.string().nullish(),
  action_reason: z.string().nullish(),
  change: changeSchema,
});

const words: Readonly<Record<string, Action>> = {
  'no-op': 'no-op',
  create: 'create',
  read: 'read',
  open: 'read',
  update: 'update',
  delete: 'delete',
  forget: 'forget',
  'delete,create': 'replace',
  'create,delete': 'replace',
  // The old object is left behind, unmanaged; for whoever depends on it that is a replacement too.
  'create,forget': 'replace',
  'forget,create': 'replace',
};

/** Terraform's list of actions as one word. */
export function actionOf(actions: readonly string[]): Action {
  return words[actions.join(',')] ?? 'unrecognized';
}

/** Takes one element of `resource_changes` or `resource_drift`. Throws a PlanFault where it has another shape. */
export function parseChange(input: Value): ResourceChange {
  const result = resourceChangeSchema.safeParse(input);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new PlanFault(
      'plan-unreadable',
      `a resource change is not as Terraform writes it: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
      'write the plan again with `terraform show -json`',
    );
  }
  const { change, ...resource } = result.data;
  const action = actionOf(change.actions);
  const still = action === 'no-op';
  const before = change.before ?? null;
  return {
    address: resource.address,
    previousAddress: resource.previous_address ?? undefined,
    mode: resource.mode,
    type: resource.type,
    name: resource.name,
    provider: resource.provider_name ?? undefined,
    deposed: resource.deposed ?? undefined,
    action,
    actions: change.actions,
    reason: resource.action_reason ?? undefined,
    importing: change.importing == null ? undefined : (change.importing.id ?? null),
    before,
    // Nothing changes: one copy is enough, and large plans are mostly that.
    after: still ? before : withUnknown(change.after, change.after_unknown),
    beforeSensitive: change.before_sensitive ?? false,
    afterSensitive: still ? (change.before_sensitive ?? false) : (change.after_sensitive ?? false),
    replacePaths: change.replace_paths ?? [],
  };
}
