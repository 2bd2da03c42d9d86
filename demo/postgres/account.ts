import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { TrailError } from '../../trail/errors';

const run = promisify(execFile);

/** The operating system account that a database server runs as. */
export interface Account {
  readonly name: string;
  /** Ids to spawn with; empty = our own. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
}

/**
 * PostgreSQL refuses to run as root. Root therefore lends it an account that exists already: the one that
 * called sudo, `postgres` or `nobody`. No account is ever created.
 */
export async function serverAccount(): Promise<Account> {
  const self = userInfo();
  if (self.uid !== 0) return { name: self.username, ids: {} };
  const candidates = [process.env['SUDO_USER'], 'postgres', 'nobody'].filter(
    (name) => name !== undefined && name !== '' && name !== 'root',
  );
  for (const name of candidates) {
    if (name === undefined) continue;
    const ids = await Promise.all([id('-u', name), id('-g', name)]).catch(() => undefined);
    if (ids !== undefined && ids[0] !== 0) return { name, ids: { uid: ids[0], gid: ids[1] } };
  }
  throw new TrailError(
    'postgres-needs-user',
    `PostgreSQL cannot run as root and none of ${candidates.join(', ')} exists`,
    'run as an ordinary user',
  );
}

/** Refuses a directory that `account` cannot enter, e.g. one below /root when the server must not be root. */
export async function requireReachable(directory: string, account: Account): Promise<void> {
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { ...account.ids, cwd: '/' });
  } catch (cause) {
    throw new TrailError(
      'directory-unreachable',
      `the account ${account.name}, which the database server runs as, cannot enter ${directory}`,
      'choose a directory below one that everybody may enter, or run as an ordinary user',
      { cause },
    );
  }
}

async function id(flag: string, name: string): Promise<number> {
  const { stdout } = await run('id', [flag, name]);
  return Number.parseInt(stdout, 10);
}
