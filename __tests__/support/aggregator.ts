import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { env } from '../../contract';
import type { ClientFiles } from '../../demo/certificates/goldmane-pki';
import { getEndpoint, readMetric, type LogLine } from './endpoints';

export interface AggregatorOptions {
  /** `host:port` of Goldmane. */
  readonly goldmane: string;
  readonly files: ClientFiles;
  readonly databaseUrl: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real `trail aggregate` process, as the image runs it. */
export class AggregatorProcess {
  readonly log: LogLine[] = [];
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stderr = '';

  private constructor(readonly process: ChildProcess) {
    this.exited = new Promise((done) => {
      process.once('close', (code, signal) => {
        done({ code, signal });
      });
    });
    if (process.stdout === null || process.stderr === null) throw new Error('no pipes');
    createInterface(process.stdout).on('line', (line) => this.log.push(JSON.parse(line) as LogLine));
    process.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  static start(options: AggregatorOptions): AggregatorProcess {
    const child = spawn(process.execPath, [bundle(), 'aggregate'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        [env.goldmaneHost]: options.goldmane,
        [env.goldmaneServerName]: 'goldmane',
        [env.tlsCertPath]: options.files.certPath,
        [env.tlsKeyPath]: options.files.keyPath,
        [env.caCertPath]: options.files.caPath,
        [env.databaseUrl]: options.databaseUrl,
        [env.httpPort]: '0',
        [env.logLevel]: 'debug',
        ...options.env,
      },
    });
    return new AggregatorProcess(child);
  }

  logged(text: string): boolean {
    return this.log.some(({ msg }) => msg.includes(text));
  }

  /** Status and body of one of its endpoints; undefined while it does not answer. */
  get(path: string): ReturnType<typeof getEndpoint> {
    return getEndpoint(this.log, path);
  }

  /** A number of /metrics, summed over labels; NaN while there is none. */
  metric(name: string): Promise<number> {
    return readMetric(this.log, name);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    await this.exited;
  }
}

let built: string | undefined;

/** The program as one file, made once per test file. */
function bundle(): string {
  if (built !== undefined) return built;
  const directory = mkdtempSync(join(tmpdir(), 'trail-bundle-'));
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  const outfile = join(directory, 'trail.js');
  buildSync({
    entryPoints: [resolve(__dirname, '../../trail/bin/trail.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['pg-native', '@kubernetes/client-node'],
    logLevel: 'error',
  });
  return (built = outfile);
}
