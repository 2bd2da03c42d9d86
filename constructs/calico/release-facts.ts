import { factsOf, parseVersion, releases, type ReleaseFacts } from '../../calico-releases';
import { InvalidPropsError } from '../validation';

/** Facts of a construct's `version`; an unknown release is refused in the construct's name. */
export function releaseFacts(
  construct: { readonly node: { readonly path: string } },
  version: string,
): ReleaseFacts {
  const facts = factsOf(parseVersion(version)?.series ?? '');
  if (facts !== undefined) return facts;
  const known = releases.map(({ series }) => series).join(', ');
  throw new InvalidPropsError(construct.node.path, [
    `version: "${version}" is not a known Calico release; use a full version of ${known}, e.g. v3.30.7`,
  ]);
}
