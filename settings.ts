import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { parseDocument } from 'yaml';
import { aggregatorSettings } from './settings/aggregator';
import { calicoSettings } from './settings/calico';
import { terraformSettings } from './settings/terraform';

/**
 * Everything that differs between clusters: the one schema of the settings file (YAML or JSON). Every key
 * has a default that fits most clusters; an unknown key is refused.
 */
export const settingsSchema = z.strictObject({
  $schema: z.string().optional().describe('JSON schema for the editor; not read'),
  cluster: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/, 'lower-case letters, digits, - and ., at most 63')
    .default('default')
    .describe("Name of this cluster in the trail's rows; tells clusters apart that share one database"),
  terraform: terraformSettings.prefault({}),
  calico: calicoSettings.prefault({}),
  aggregator: aggregatorSettings.prefault({}),
});

/** Settings after defaults, as stacks and constructs take them. */
export type Settings = z.output<typeof settingsSchema>;

/** A settings file that can't be used; `problems` has one line for each fault, all faults at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(
    readonly source: string,
    readonly problems: readonly string[],
  ) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`${source}: ${count}\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** Checks `input` (a parsed file) and fills in defaults. Throws a SettingsError that lists every problem. */
export function parseSettings(input: unknown, source = 'settings'): Settings {
  const result = settingsSchema.safeParse(input ?? {}, { reportInput: true });
  if (result.success) return result.data;
  throw new SettingsError(source, result.error.issues.flatMap(describe));
}

/**
 * Reads the settings file. `TRAIL_SETTINGS` names it; without it `settings.yaml` in the current folder is
 * taken, and where there is none, the defaults. Throws a SettingsError.
 */
export function loadSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const named = environment['TRAIL_SETTINGS'];
  const path = named ?? 'settings.yaml';
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (named === undefined && code === 'ENOENT') return parseSettings({}, 'defaults');
    throw new SettingsError(path, [
      `cannot be read (${code}); TRAIL_SETTINGS must name a readable YAML or JSON file`,
    ]);
  }
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new SettingsError(
      path,
      document.errors.map((error) => error.message.split('\n')[0] ?? error.message),
    );
  }
  return parseSettings(document.toJS(), path);
}

function describe(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.length === 0 ? '(top level)' : issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) =>
        `${issue.path.length === 0 ? key : `${at}.${key}`}: unknown key; remove it or correct its name`,
    );
  }
  if (issue.code === 'invalid_union') {
    if (issue.discriminator !== undefined) {
      const chosen = (issue.input as Record<string, unknown> | undefined)?.[issue.discriminator];
      // zod gives the choices but leaves them out of its types.
      const options: unknown[] = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
      const choices = options.map((option) => JSON.stringify(option)).join(', ');
      return [`${at}: ${shown(chosen)} is not allowed; allowed: ${choices}`];
    }
    const inner = issue.errors.flat().map((each) => allowed(each));
    return [`${at}: ${shown(issue.input)} is not allowed; allowed: ${[...new Set(inner)].join(', or ')}`];
  }
  // A rule of ours that says all itself, e.g. because the value must not be shown.
  if (issue.code === 'custom' && issue.params?.['complete'] === true) return [`${at}: ${issue.message}`];
  return [`${at}: ${shown(issue.input)} is not allowed; allowed: ${allowed(issue)}`];
}

function allowed(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(', ');
    case 'invalid_type':
      return `a value of type ${issue.expected}`;
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

// A value is shown so that it can be found in the file, but never one that could be a credential.
function shown(value: unknown): string {
  if (value === undefined) return '(missing)';
  const text = JSON.stringify(value);
  if (/:\/\/[^/\s]*:[^/\s]*@/.test(text)) return '(a value with credentials)';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
