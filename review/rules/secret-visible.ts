import { objectOf, parseManifest, type KubernetesObject } from '../kubernetes/object';
import type { Plan, ResourceChange } from '../plan/plan';
import type { Rule, Sighting } from '../rule';
import { isPlaceholder, isSecretName, isSecretPath, secretKind } from '../secrets';
import {
  asText,
  asTexts,
  at,
  eachLeaf,
  formatPath,
  isFields,
  isList,
  isVoid,
  type Path,
  type Value,
} from '../value';

/** A secret's value is in the plan, and so will be in the state. */
export const secretVisible: Rule = {
  id: 'secret-visible',
  title: 'a secret is visible in the plan',
  severity: 'refuse',
  cause:
    'Data of a Secret, a value that Terraform calls sensitive, a value that looks like a key or a token, or a literal under a name like password. New ones are refused; what is in the state already is a notice; data sources that read secrets are supervised.',
  explanation:
    '`terraform show -json` prints sensitive values in clear, and the state keeps them. Whoever can read the plan, the state or a build log has them.',
  remedy:
    'keep the value out of Terraform (an ExternalSecret, a write-only argument such as data_wo); rotate what has been in a plan that was shared',
  *examine(plan) {
    for (const change of plan.changes) yield* ofChange(change);
    yield* ofOutputs(plan);
    for (const read of plan.dataReads) {
      const found = [...sensitiveLeaves(read.values, read.sensitive, read.type)];
      if (found.length === 0) continue;
      yield {
        address: read.address,
        severity: 'supervise',
        seen: [`a data source reads a secret into the state: ${list(found.map((each) => each.where))}`],
      };
    }
    for (const { name, value, sensitive } of plan.variables) {
      const kind = kindOf(value, [name]);
      if (sensitive && !isVoid(value))
        yield { seen: [`the sensitive variable ${name} is in the plan in clear`], severity: 'supervise' };
      else if (kind !== undefined) yield { seen: [`variable ${name}: ${kind}`] };
    }
    for (const { key, expressions } of plan.providers) {
      const found = [...looking(expressions)];
      if (found.length > 0)
        yield { seen: [`provider ${key} is configured with ${list(found.map((each) => each.where))}`] };
    }
  },
};

function* ofChange(change: ResourceChange): Generator<Sighting> {
  if (change.mode === 'ephemeral' || change.action === 'delete' || change.action === 'forget') return;
  const after = visible(change, 'after');
  if (after.length === 0) return;
  // A value that moved to another place is in the state already all the same.
  const before = new Set(visible(change, 'before').map((each) => each.value));
  const fresh = after.filter((each) => !before.has(each.value));
  const severity = change.action !== 'no-op' && fresh.length > 0 ? 'refuse' : 'notice';
  const names = (severity === 'refuse' ? fresh : after).map((each) => each.where);
  yield {
    address: change.address,
    severity,
    seen: [`${severity === 'refuse' ? 'in clear' : 'in clear already, and in the state'}: ${list(names)}`],
  };
}

interface Found {
  readonly where: string;
  readonly value: string;
}

function visible(change: ResourceChange, side: 'before' | 'after'): readonly Found[] {
  const value = change[side];
  if (!isFields(value)) return [];
  const object = objectOf(change, side, { raw: true });
  if (object?.kind === 'Secret') return secretData(object);
  const marks = change[side === 'before' ? 'beforeSensitive' : 'afterSensitive'];
  const manifest = change.type === 'kubectl_manifest' && object !== undefined ? looking(object.body) : [];
  const values = asTexts(at(value, 'values')).flatMap((text) => looking(parseManifest(text) ?? null));
  const all = [...sensitiveLeaves(value, marks, change.type), ...looking(value), ...manifest, ...values];
  // One place may be found in several ways.
  return [...new Map(all.map((each) => [each.where, each])).values()];
}

function secretData(secret: KubernetesObject): readonly Found[] {
  const found: Found[] = [];
  for (const field of ['data', 'stringData', 'binaryData']) {
    eachLeaf(at(secret.body, field) ?? null, (leaf, path) => {
      if (typeof leaf !== 'string' || leaf === '' || isPlaceholder(leaf)) return;
      found.push({ where: formatPath([field, ...path]), value: leaf });
    });
  }
  return found;
}

function* sensitiveLeaves(value: Value, marks: Value, type: string, path: Path = []): Generator<Found> {
  // A manifest is marked as a whole; it is judged by what is in it.
  if (type === 'kubectl_manifest' && path[0] === 'yaml_body') return;
  if (marks === true) {
    const found: Found[] = [];
    eachLeaf(value, (leaf, inner) => {
      if (typeof leaf !== 'string' || leaf === '' || isPlaceholder(leaf)) return;
      found.push({ where: formatPath([...path, ...inner]), value: leaf });
    });
    yield* found;
    return;
  }
  const inside = isList(marks) ? [...marks.entries()] : isFields(marks) ? Object.entries(marks) : [];
  for (const [key, each] of inside)
    yield* sensitiveLeaves(at(value, key) ?? null, each, type, [...path, key]);
}

/** Places whose value looks like a secret or is a literal under a secret's name. */
function looking(value: Value): readonly Found[] {
  const found: Found[] = [];
  eachLeaf(value, (leaf, path) => {
    if (typeof leaf !== 'string' || leaf === '' || isPlaceholder(leaf)) return;
    const parent = path.at(-1) === 'value' ? at(value, ...path.slice(0, -1), 'name') : undefined;
    const named = isSecretName(asText(parent) ?? '');
    // A constant of the configuration stands one level below the name it has.
    const place = path.at(-1) === 'constant_value' ? path.slice(0, -1) : path;
    const suspicious =
      secretKind(leaf) !== undefined || named || (isSecretPath(place) && isLiteral(leaf, place));
    if (suspicious) found.push({ where: formatPath(path), value: leaf });
  });
  return found;
}

// A Secret's name under `secret`, a path of a token file, a yes or no: names of secrets, not secrets.
function isLiteral(text: string, path: Path): boolean {
  if (path.at(-1) === 'secret' || path.at(-1) === 'secrets' || typeof path.at(-1) === 'number') return false;
  if (path.some((step) => step === 'volume' || step === 'volumes' || step === 'references')) return false;
  return (
    text.length >= 6 &&
    !/^(\/|\.\/|~|https?:\/\/[^@]*$|arn:|projects\/)/.test(text) &&
    !/^(true|false|null|none|default|enabled|disabled)$/i.test(text)
  );
}

function kindOf(value: Value, path: Path): string | undefined {
  const found: string[] = [];
  eachLeaf(value, (leaf, inner) => {
    if (typeof leaf !== 'string' || leaf === '' || isPlaceholder(leaf)) return;
    const kind = secretKind(leaf);
    if (kind !== undefined) found.push(kind);
    else if (isSecretPath([...path, ...inner]) && isLiteral(leaf, [...path, ...inner]))
      found.push("a literal under a secret's name");
  });
  return found[0];
}

function* ofOutputs(plan: Plan): Generator<Sighting> {
  for (const output of plan.outputs) {
    if (output.action === 'delete' || isVoid(output.after)) continue;
    const kind = kindOf(output.after, [output.name]);
    if (!output.sensitive && kind === undefined) continue;
    yield {
      severity: output.action === 'no-op' ? 'notice' : 'refuse',
      seen: [
        `output ${output.name}: ${output.sensitive ? 'sensitive, in clear in the plan and in the state' : (kind ?? '')}`,
      ],
    };
  }
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 6).join(', ');
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}
