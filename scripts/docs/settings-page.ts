import * as z from 'zod';
import { settingsSchema } from '../../settings';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

/** JSON schema of the settings file, for editors. */
export function settingsJsonSchema(): object {
  const schema = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' });
  return { ...schema, title: 'Settings of goldmane-trail' };
}

/** Reference of the settings file: every key with what it allows, its default and what it is for. */
export function settingsPage(): string {
  const rows = keys(settingsJsonSchema() as Schema, '', settingsSchema.parse({})).filter(
    ({ path }) => path !== '$schema',
  );
  const lines = rows.map(
    ({ path, allowed, initial, about }) => `| \`${path}\` | ${allowed} | ${initial} | ${about} |`,
  );
  return [
    '# Settings',
    '<!-- Written by `npm run docs` from settings.ts; do not edit. -->',
    'The file `settings.yaml` in the project folder, or the file that `TRAIL_SETTINGS` names, YAML or JSON. Every key\nhas a default, and an unknown key is refused. For completion and checks in an editor, put\n`$schema: ./settings.schema.json` into it.',
    `| key | allowed | default | what for |\n| --- | --- | --- | --- |\n${lines.join('\n')}`,
    '',
  ].join('\n\n');
}

interface Row {
  readonly path: string;
  readonly allowed: string;
  readonly initial: string;
  readonly about: string;
}

function keys(schema: Schema, at: string, defaults: unknown): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = at === '' ? key : `${at}.${key}`;
    const initial = (defaults as Record<string, unknown> | undefined)?.[key];
    if (child.properties !== undefined) return keys(child, path, initial);
    return [
      {
        path,
        allowed: cell(allowed(child)),
        initial: initial === undefined ? '–' : code(JSON.stringify(initial)),
        about: cell(child.description ?? ''),
      },
    ];
  });
}

function allowed(schema: Schema): string {
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return [...new Set(union.map(allowed))].join(', or ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((each) => code(JSON.stringify(each))).join(', ');
  if (schema.type === 'array') return `list of ${allowed(schema.items ?? {})}`;
  if (schema.properties !== undefined) {
    const inner = Object.entries(schema.properties).map(([key, child]) => `\`${key}\`: ${allowed(child)}`);
    return `{ ${inner.join(', ')} }`;
  }
  if (schema.type === 'object') return 'map of names to values';
  const safe = (bound: number | undefined): number | undefined =>
    bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound;
  const [minimum, maximum] = [safe(schema.minimum), safe(schema.maximum)];
  if (minimum !== undefined && maximum !== undefined) return `${schema.type} ${minimum}–${maximum}`;
  if (minimum !== undefined) return `${schema.type} from ${minimum}`;
  return schema.type ?? 'any value';
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
