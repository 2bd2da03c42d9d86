import { touched } from '../changes';
import { isFamiliar } from '../familiar';
import { objectOf } from '../kubernetes/object';
import type { ResourceChange } from '../plan/plan';
import type { Rule } from '../rule';

/** Resources that no rule knows: listed, so that nobody takes silence for approval. */
export const unfamiliarType: Rule = {
  id: 'unfamiliar-type',
  title: 'no rule knows this kind of resource',
  severity: 'notice',
  cause: 'A resource of a type or kind that this program has no rules for is created or updated.',
  explanation:
    'Its change is listed, and secrets in it are looked for, but what it does to a cluster has not been judged.',
  remedy: 'read its diff below',
  *examine(plan) {
    const kinds = new Map<string, string[]>();
    for (const change of touched(plan)) {
      if ((change.action !== 'create' && change.action !== 'update') || isFamiliar(change)) continue;
      const kind = kindOf(change);
      const addresses = kinds.get(kind);
      if (addresses === undefined) kinds.set(kind, [change.address]);
      else addresses.push(change.address);
    }
    for (const [kind, addresses] of [...kinds].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const shown = addresses.slice(0, 3).join(', ');
      const more = addresses.length > 3 ? ` and ${addresses.length - 3} more` : '';
      yield {
        address: addresses.length === 1 ? addresses[0] : undefined,
        seen: [`${kind}: ${shown}${more}`],
      };
    }
  },
};

function kindOf(change: ResourceChange): string {
  const object = objectOf(change, 'after') ?? objectOf(change, 'before');
  return object === undefined
    ? change.type
    : `${object.kind}${object.group === '' ? '' : `.${object.group}`}`;
}
