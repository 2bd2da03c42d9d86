import type { Command } from 'commander';

/** What a command may touch of the process it runs in; tests pass their own. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  /** Aborted on SIGINT and SIGTERM: stop, clean up, return. */
  readonly signal: AbortSignal;
  /** Sets the exit code of a command that neither failed nor found everything well. */
  setExitCode(code: number): void;
}

/** What each `trail/<folder>/command.ts` exports. */
export interface CommandModule {
  create(context: Context): Command;
}
