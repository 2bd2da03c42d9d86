import type { Path } from './value';

/**
 * Recognizes secrets by what they look like and by what they are called. Guesses lean towards masking: a
 * masked harmless value costs a look into the configuration, a printed secret costs a rotation.
 */

interface Pattern {
  readonly kind: string;
  readonly pattern: RegExp;
}

/** Token formats that their issuers document, and key material. */
const patterns: readonly Pattern[] = [
  {
    kind: 'private key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  { kind: 'AWS access key', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  { kind: 'GitHub token', pattern: /\bgh[pousr]_\w{30,}|\bgithub_pat_\w{30,}/g },
  { kind: 'GitLab token', pattern: /\bgl(?:pat|dt|rt|soat)-[\w-]{20,}/g },
  { kind: 'Slack token', pattern: /\bxox[abeoprs]-[\w-]{10,}/g },
  {
    kind: 'Slack webhook',
    pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/-]{8,}/g,
  },
  { kind: 'Vault token', pattern: /\b(?:hvs|hvb|hvr)\.[\w-]{20,}/g },
  { kind: 'Google API key', pattern: /\bAIza[\w-]{35}/g },
  { kind: 'Stripe key', pattern: /\b[sr]k_live_\w{16,}/g },
  { kind: 'npm token', pattern: /\bnpm_\w{36}\b/g },
  { kind: 'JSON web token', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*/g },
  { kind: 'password hash', pattern: /\$(?:2[aby]|argon2id?|6|5)\$[./$=,\w]{20,}/g },
];

// No pattern matches less; most values of a plan are short.
function isTooShort(text: string): boolean {
  return text.length < 15 && !text.includes('://');
}

const urlCredentials = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@"']*:)([^\s@"'/][^\s@"']*)(@)/gi;

/** What a text holds of secrets, e.g. `private key`; undefined where nothing looks like one. */
export function secretKind(text: string): string | undefined {
  if (isTooShort(text)) return undefined;
  for (const { kind, pattern } of patterns) {
    pattern.lastIndex = 0;
    if (pattern.test(text)) return kind;
  }
  for (const match of text.matchAll(urlCredentials)) {
    if (!isPlaceholder(match[2] ?? '')) return 'password in a URL';
  }
  return undefined;
}

/** The text with every part that looks like a secret replaced by `(masked)`. */
export function maskSecretLooking(text: string): string {
  if (isTooShort(text)) return text;
  let masked = text.replace(urlCredentials, '$1(masked)$3');
  for (const { pattern } of patterns) masked = masked.replace(pattern, '(masked)');
  return masked.replace(/[\w+/=-]{32,}/g, (word) => (isRandomLooking(word) ? '(masked)' : word));
}

const secretName =
  /(?:^|[_\-.\s/])(?:pass(?:word|wd|phrase|code)?|pwd|secrets?|tokens?|api_?key|access_?key|private_?key|signing_?key|encryption_?key|client_?key|credentials?|webhook(?:_?url)?|dsn|connection_?string|authorization|cookie|bearer|htpasswd|database_?url|kubeconfig)$/i;

/** Whether a field, a variable or a key of that name usually holds a secret, e.g. `DB_PASSWORD`, `apiToken`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2'));
}

/** Whether a path ends in a secret's name; `data.username` of `secret` does not, `spec.token` does. */
export function isSecretPath(path: Path): boolean {
  const last = path.findLast((step): step is string => typeof step === 'string');
  return last !== undefined && isSecretName(last);
}

/** Whether a text only stands for a secret: a reference, a mask, or a template that something fills in later. */
export function isPlaceholder(text: string): boolean {
  return /\{\{.*\}\}|\$\{.*\}/s.test(text)
    ? secretKind(text.replace(/\{\{.*?\}\}|\$\{.*?\}/gs, '')) === undefined
    : isMask(text.trim());
}

function isMask(text: string): boolean {
  return /^(?:\$\([^)]*\)|<[^>]*>|\(sensitive value\)|\(masked\)|\*+|x{3,}|vault:.*|ref\+.*)$/is.test(text);
}

function isRandomLooking(word: string): boolean {
  // Digests and names in words are no secrets and are worth reading.
  if (/^[0-9a-f]+$/i.test(word) && [32, 40, 64, 128].includes(word.length)) return false;
  if (/[/-]/.test(word) && !/\d/.test(word)) return false;
  const classes = [/[a-z]/, /[A-Z]/, /\d/].filter((each) => each.test(word)).length;
  return classes === 3 && entropy(word) > 4.2;
}

/** Shannon entropy, bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
