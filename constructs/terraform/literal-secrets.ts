import { parseAllDocuments } from 'yaml';

/** A place in a synthesized document that holds a secret; the secret itself is left out. */
export interface LiteralSecret {
  /** Keys from the top, e.g. `resource.kubernetes_secret_v1.x.data`. */
  readonly path: string;
  /** What it looks like, e.g. `a private key`. */
  readonly kind: string;
}

const shapes: readonly { readonly kind: string; readonly pattern: RegExp }[] = [
  { kind: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  { kind: 'a URL with a password', pattern: /[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]+@/i },
  { kind: 'a Slack webhook', pattern: /hooks\.slack\.com\/services\/\w+\/\w+\/\w+/i },
  { kind: 'a Slack token', pattern: /\bxox[abeprs]-[\w-]{10,}/ },
  { kind: 'a Vault token', pattern: /\bhv[sbr]\.[\w-]{20,}/ },
  { kind: 'a GitHub token', pattern: /\b(gh[opsur]_\w{30,}|github_pat_\w{30,})/ },
  { kind: 'an AWS access key', pattern: /\bAKIA[0-9A-Z]{16}\b/ },
  { kind: 'a JSON web token', pattern: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/ },
  { kind: 'a password hash', pattern: /SCRAM-SHA-256\$\d+:/ },
];

const credentialName =
  /(^|_)(password|passwd|passphrase|token|api_?key|private_key|client_secret|conn_str|connection_string)$/;
const secretFields = ['data', 'binary_data', 'data_wo', 'binary_data_wo', 'string_data', 'stringData'];

/**
 * Every literal secret in `document` (Terraform JSON): texts that look like one, attributes and environment
 * variables that are named like one, Secrets with contents, YAML inside attributes included. References
 * (`${...}`) and templates (`{{...}}`) are no literals.
 */
export function findLiteralSecrets(document: unknown): LiteralSecret[] {
  return [...walk(document, [])];
}

function* walk(value: unknown, path: readonly string[]): Generator<LiteralSecret> {
  if (typeof value === 'string') {
    yield* inText(value, path);
  } else if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* walk(each, [...path, String(index)]);
  } else if (typeof value === 'object' && value !== null) {
    yield* inObject(value as Readonly<Record<string, unknown>>, path);
  }
}

function* inText(text: string, path: readonly string[]): Generator<LiteralSecret> {
  const literal = withoutReferences(text);
  for (const { kind, pattern } of shapes) {
    if (pattern.test(literal)) yield { path: path.join('.'), kind };
  }
  const key = path.at(-1) ?? '';
  const holdsYaml = key === 'yaml_body' || path.at(-2) === 'values';
  if (!holdsYaml) return;
  for (const document of parseAllDocuments(text)) {
    // The texts in it were looked at above, as part of the whole.
    yield* [...walk(document.toJS(), path)].filter(
      ({ kind }) => !shapes.some((shape) => shape.kind === kind),
    );
  }
}

function* inObject(
  object: Readonly<Record<string, unknown>>,
  path: readonly string[],
): Generator<LiteralSecret> {
  const isSecret = object['kind'] === 'Secret' || path.at(-2)?.startsWith('kubernetes_secret') === true;
  const variable = object['name'];
  for (const [key, value] of Object.entries(object)) {
    const at = [...path, key];
    const named = key === 'value' && typeof variable === 'string' ? variable : key;
    if (isLiteral(value) && credentialName.test(snakeCase(named))) {
      yield { path: at.join('.'), kind: `a value for ${named}` };
    } else if (isSecret && secretFields.includes(key) && !isEmpty(value)) {
      yield { path: at.join('.'), kind: 'the contents of a Secret' };
    } else {
      yield* walk(value, at);
    }
  }
}

function isLiteral(value: unknown): boolean {
  return typeof value === 'string' && withoutReferences(value).trim() !== '';
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || Object.keys(value).length === 0;
}

function withoutReferences(text: string): string {
  return text.replace(/\$\{[^}]*\}|\{\{.*?\}\}/gs, '');
}

function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}
