import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TrailError } from '../../trail/errors';
import type { Account } from './account';
import type { Binaries } from './binaries';
import { guardProcess } from './guard';

const startTimeoutMs = 30_000;

export interface ClusterOptions {
  readonly binaries: Binaries;
  readonly account: Account;
  /** Directory of this cluster: `data/` and `postgres.log` live in it. */
  readonly directory: string;
  /** Whether the directory is removed if our process dies. */
  readonly temporary: boolean;
  /** Whether commits survive a crash of the machine (not only of the server). */
  readonly durable: boolean;
  /** Further `name=value` server settings. */
  readonly settings: readonly string[];
}

/** One database cluster on disk and, at most, one server process on it, bound to 127.0.0.1. */
export class Cluster {
  readonly dataDir: string;
  private readonly logFile: string;
  private child: ChildProcess | undefined;

  constructor(private readonly options: ClusterOptions) {
    this.dataDir = join(options.directory, 'data');
    this.logFile = join(options.directory, 'postgres.log');
  }

  /** Process id of the running server's first process, if there is one. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  async exists(): Promise<boolean> {
    return (await readFile(join(this.dataDir, 'PG_VERSION'), 'utf8').catch(() => '')) !== '';
  }

  /** Makes the data directory, with the superuser `postgres`. The password travels in a file, never in argv. */
  async initialize(password: string): Promise<void> {
    const { uid, gid } = this.options.account.ids;
    await mkdir(this.dataDir, { recursive: true, mode: 0o700 });
    const passwordFile = join(this.options.directory, 'initial-password');
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (uid !== undefined && gid !== undefined) {
      await chown(this.dataDir, uid, gid);
      await chown(passwordFile, uid, gid);
    }
    const argv = [
      `--pgdata=${this.dataDir}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ];
    try {
      await this.finish(this.options.binaries.initdb, argv, '');
    } catch (cause) {
      await rm(this.dataDir, { recursive: true, force: true });
      throw cause;
    } finally {
      await rm(passwordFile, { force: true });
    }
  }

  /** Gives the superuser of a stopped cluster a new password, over stdin of a single-user server. */
  async resetPassword(password: string): Promise<void> {
    const sql = `ALTER ROLE postgres PASSWORD '${password}';\n`;
    await this.finish(this.options.binaries.postgres, ['--single', '-D', this.dataDir, 'postgres'], sql);
  }

  /** Starts the server on `port`; resolves once it accepts connections. */
  async start(port: number): Promise<void> {
    const deadline = Date.now() + startTimeoutMs;
    for (;;) {
      const failure = await this.tryStart(port, deadline);
      if (failure === undefined) return;
      // Backends of a killed server need a moment to notice that it is gone.
      if (
        /pre-existing shared memory block|lock file .* already exists/.test(failure) &&
        Date.now() < deadline
      ) {
        await delay(50);
        continue;
      }
      if (/address already in use/i.test(failure)) {
        throw new TrailError(
          'port-in-use',
          `port ${port} on 127.0.0.1 is in use`,
          'free it or choose another port',
        );
      }
      throw this.unusable(`did not start: ${failure}`);
    }
  }

  /** Sends `signal` (SIGINT = orderly shutdown, SIGKILL = crash) and waits until the process has ended. */
  async end(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (child === undefined) return;
    child.ref();
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  private async tryStart(port: number, deadline: number): Promise<string | undefined> {
    const log = await open(this.logFile, 'a');
    const { size: logStart } = await log.stat();
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'logging_collector=off',
      'log_destination=stderr',
      // A statement that fails may hold a password.
      'log_min_error_statement=panic',
      ...(this.options.durable ? [] : ['fsync=off', 'full_page_writes=off']),
      ...this.options.settings,
    ];
    const argv = ['-D', this.dataDir, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
    const child = this.spawn(this.options.binaries.postgres, argv, ['ignore', log.fd, log.fd]);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => {
        resolve(error.message);
      });
      child.once('exit', (code, signal) => {
        resolve(`exited with ${signal ?? String(code)}`);
      });
    });
    await log.close();
    const outcome = await Promise.race([ended, this.acceptsConnections(child, deadline)]);
    if (outcome !== undefined) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await ended;
      }
      return [outcome, ...(await this.complaints(logStart))].join('; ');
    }
    this.child = child;
    const release = guardProcess(child.pid ?? 0, this.options.temporary ? this.options.directory : undefined);
    child.once('exit', () => {
      release();
      this.child = undefined;
    });
    child.unref();
    return undefined;
  }

  /** Polls the status that the server keeps in the eighth line of postmaster.pid, as pg_ctl does. */
  private async acceptsConnections(child: ChildProcess, deadline: number): Promise<string | undefined> {
    while (Date.now() < deadline) {
      const lines = (await readFile(join(this.dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split(
        '\n',
      );
      if (lines[0] === String(child.pid) && lines[7]?.trim() === 'ready') return undefined;
      if (child.exitCode !== null || child.signalCode !== null) return 'exited';
      await delay(15);
    }
    return `not ready after ${startTimeoutMs / 1000} s`;
  }

  private async complaints(logStart: number): Promise<string[]> {
    const text = (await readFile(this.logFile).catch(() => Buffer.alloc(0))).subarray(logStart).toString();
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const serious = lines.filter((line) => /FATAL|PANIC|ERROR|HINT|LOG: {2}could not/.test(line));
    return (serious.length > 0 ? serious : lines).slice(-4);
  }

  private async finish(program: string, argv: readonly string[], input: string): Promise<void> {
    const child = this.spawn(program, argv, ['pipe', 'pipe', 'pipe']);
    let output = '';
    for (const pipe of [child.stdout, child.stderr]) {
      pipe?.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-4000);
      });
    }
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    const failure = await new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => {
        resolve(error.message);
      });
      child.once('close', (code, signal) => {
        resolve(code === 0 ? undefined : `exited with ${signal ?? String(code)}: ${lastLines(output)}`);
      });
    });
    if (failure !== undefined) throw this.unusable(`cannot prepare ${this.dataDir}: ${failure}`);
  }

  private spawn(
    program: string,
    argv: readonly string[],
    stdio: ('ignore' | 'pipe' | number)[],
  ): ChildProcess {
    // PGOPTIONS, PGDATA and the like are the user's, for other servers.
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
    return spawn(program, argv, {
      ...this.options.account.ids,
      // A group of its own: Ctrl-C reaches our process, which then ends the server in its own order.
      detached: true,
      cwd: '/',
      env: { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' },
      stdio,
    });
  }

  private unusable(problem: string): TrailError {
    return new TrailError(
      'postgres-unusable',
      `the embedded PostgreSQL ${problem}`,
      `see ${this.logFile}, or remove ${this.options.directory} to begin afresh`,
    );
  }
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join(' ');
