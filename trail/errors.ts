/**
 * The one error that a user can act on: `code` says which kind, the message names the offending value and
 * what is allowed, `remedy` what to do. Anything else that is thrown is a bug and prints a stack.
 */
export class TrailError extends Error {
  override readonly name = 'TrailError';

  constructor(
    /** Stable kebab-case kind, e.g. `certificate-unreadable`. */
    readonly code: string,
    /** What is wrong, with the offending value and what is allowed. */
    readonly problem: string,
    /** What the user can do, an imperative sentence in lower case. */
    readonly remedy: string,
    options: { readonly cause?: unknown; readonly exitCode?: number; readonly permanent?: boolean } = {},
  ) {
    super(`[${code}] ${problem}; ${remedy}`, options.cause === undefined ? {} : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
    this.permanent = options.permanent ?? false;
  }

  /** Exit code of the process; 2 = the command line was wrong. */
  readonly exitCode: number;

  /** No second attempt helps before somebody changes a file or a setting. */
  readonly permanent: boolean;
}

/** A mistake on the command line: usage and one line on stderr, exit code 2. */
export class UsageError extends TrailError {
  constructor(problem: string, remedy: string) {
    super('usage', problem, remedy, { exitCode: 2 });
  }
}
