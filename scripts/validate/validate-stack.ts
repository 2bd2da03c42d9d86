import { spawnSync } from 'node:child_process';

/** How the check of one stack ended; `unchecked` = it could not be made, so nothing is known. */
export interface Verdict {
  readonly outcome: 'valid' | 'invalid' | 'unchecked';
  /** What terraform said, or what kept it from saying anything. */
  readonly detail: string;
}

/** What terraform and tofu print when no registry, mirror or cache has the providers. */
const unreachable =
  /Failed to query available provider packages|could not connect to|no such host|i\/o timeout|connection refused|provider registry/i;

/**
 * Checks one synthesized stack with the real providers' schemas: `init -backend=false`, then `validate`.
 * `binary` is terraform or tofu, `folder` holds cdk.tf.json. No state and no cluster is touched.
 */
export function validateStack(binary: string, folder: string): Verdict {
  const run = (
    ...args: string[]
  ): { readonly ok: boolean; readonly text: string; readonly missing: boolean } => {
    const { status, stdout, stderr, error } = spawnSync(binary, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, TF_IN_AUTOMATION: '1' },
    });
    const missing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    return {
      ok: status === 0,
      text: error === undefined ? `${stdout}${stderr}`.trim() : error.message,
      missing,
    };
  };
  const init = run('init', '-backend=false', '-input=false', '-no-color');
  if (init.missing) {
    return {
      outcome: 'unchecked',
      detail: `${binary} is not installed; name another with TERRAFORM_BINARY_NAME`,
    };
  }
  if (!init.ok) return { outcome: unreachable.test(init.text) ? 'unchecked' : 'invalid', detail: init.text };
  const validate = run('validate', '-no-color');
  return { outcome: validate.ok ? 'valid' : 'invalid', detail: validate.text };
}
