/** One rule over a construct's props: where `invalid` holds, `message` names value, allowed values and remedy. */
export interface Rule {
  readonly invalid: boolean;
  readonly message: string;
}

/** Props that a construct refuses; `problems` has one line for each broken rule, all rules at once. */
export class InvalidPropsError extends Error {
  override readonly name = 'InvalidPropsError';

  constructor(
    /** Path of the construct in its app, e.g. `calico/whisker-ingress`. */
    readonly path: string,
    readonly problems: readonly string[],
  ) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`${path}: ${count}\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** Throws one InvalidPropsError that lists every broken rule; returns where none is. */
export function validateProps(construct: { readonly node: { readonly path: string } }, rules: Rule[]): void {
  const problems = rules.filter((rule) => rule.invalid).map((rule) => rule.message);
  if (problems.length > 0) throw new InvalidPropsError(construct.node.path, problems);
}
