import type { Plan, ResourceChange } from './plan/plan';
import { objectOf } from './kubernetes/object';
import { maskSecretLooking } from './secrets';
import { asFields, at, eachLeaf, isFields, isList, type Value } from './value';

/** What stands for a value that must not be shown. */
export const MASKED = '(masked)';

const SHORTEST = 8;

/**
 * Masks texts before anybody sees them. It knows every string that the plan calls sensitive (Terraform prints
 * those in clear) and every value of a Secret, finds them inside longer texts too, and masks what looks like
 * a secret. Control characters come out escaped, so that a plan can't steer a terminal.
 */
export class Mask {
  // Secrets by their first characters: one walk over a text finds any number of them.
  readonly #secrets = new Map<string, string[]>();

  constructor(plan: Plan) {
    for (const change of [...plan.changes, ...plan.drift, ...plan.deferred.map((each) => each.change)]) {
      this.#learnChange(change);
    }
    for (const read of plan.dataReads) this.#learnTree(read.values, read.sensitive);
    for (const output of plan.outputs) {
      if (output.sensitive) {
        this.#learnTree(output.before, true);
        this.#learnTree(output.after, true);
      }
    }
    for (const variable of plan.variables) if (variable.sensitive) this.#learnTree(variable.value, true);
  }

  /** The text, masked and printable. */
  text(raw: string): string {
    return printable(maskSecretLooking(this.#withoutKnown(raw)));
  }

  #withoutKnown(raw: string): string {
    if (this.#secrets.size === 0) return raw;
    let result = '';
    let position = 0;
    while (position < raw.length) {
      const candidates = this.#secrets.get(raw.slice(position, position + SHORTEST));
      const found = candidates?.find((secret) => raw.startsWith(secret, position));
      if (found === undefined) {
        result += raw.charAt(position);
        position += 1;
      } else {
        result += MASKED;
        position += found.length;
      }
    }
    return result;
  }

  #learnChange(change: ResourceChange): void {
    this.#learnTree(change.before, withoutManifest(change.beforeSensitive));
    this.#learnTree(change.after, withoutManifest(change.afterSensitive));
    for (const side of ['before', 'after'] as const) {
      if (!mayBeSecret(change)) continue;
      const object = objectOf(change, side, { raw: true });
      if (object?.kind !== 'Secret') continue;
      for (const field of ['data', 'stringData', 'binaryData'])
        this.#learnTree(at(object.body, field) ?? null, true);
    }
  }

  #learnTree(value: Value, sensitive: Value): void {
    if (sensitive === true) {
      eachLeaf(value, (leaf) => {
        if (typeof leaf === 'string') this.#learn(leaf);
      });
    } else if (isList(sensitive)) {
      for (const [index, each] of sensitive.entries()) this.#learnTree(at(value, index) ?? null, each);
    } else if (isFields(sensitive)) {
      for (const [key, each] of Object.entries(sensitive)) this.#learnTree(at(value, key) ?? null, each);
    }
  }

  #learn(secret: string): void {
    for (const form of [
      secret,
      ...secret.split('\n'),
      JSON.stringify(secret).slice(1, -1),
      decoded(secret),
    ]) {
      const trimmed = form.trim();
      if (trimmed.length < SHORTEST || trimmed.startsWith('(sensitive') || trimmed.startsWith('-----'))
        continue;
      const known = this.#secrets.get(trimmed.slice(0, SHORTEST));
      if (known === undefined) this.#secrets.set(trimmed.slice(0, SHORTEST), [trimmed]);
      else if (!known.includes(trimmed)) known.push(trimmed);
      // The longest first, so that a secret which begins like another one is masked whole.
      known?.sort((a, b) => b.length - a.length);
    }
  }
}

// A manifest is marked sensitive as a whole though little of it is; its Secret values are learnt apart.
function withoutManifest(sensitive: Value): Value {
  if (!isFields(sensitive) || at(sensitive, 'yaml_body') !== true) return sensitive;
  return { ...asFields(sensitive), yaml_body: false };
}

function mayBeSecret(change: ResourceChange): boolean {
  if (/^kubernetes_secret(_v\d+)?$/.test(change.type)) return true;
  return (
    change.type === 'kubernetes_manifest' ||
    (['before', 'after'] as const).some((side) => at(change[side], 'kind') === 'Secret')
  );
}

function decoded(text: string): string {
  if (!/^[A-Za-z0-9+/]{8,}={0,2}$/.test(text) || text.length % 4 !== 0) return '';
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(atob(text), (each) => each.charCodeAt(0)),
    );
  } catch {
    return '';
  }
}

function printable(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => {
      if (character === '\n') return '\\n';
      if (character === '\t') return '\\t';
      return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
    },
  );
}
