import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { Client } from 'pg';
import { startPostgres } from '../../demo/postgres/start';
import { bundle } from '../../scripts/build/bundle';
import type { Load } from './load';
import { peakMiB, type Measured } from './measured';

const root = resolve(__dirname, '../..');

/** Measures floor, reader and the whole aggregator on one load, each in a process of its own, one after the other. */
export async function benchIngest(load: Load): Promise<Record<'floor' | 'reader' | 'aggregator', Measured>> {
  const directory = mkdtempSync(join(tmpdir(), 'trail-bench-'));
  const children: ChildProcess[] = [];
  try {
    // The program as it is deployed: what it loads beside counting is part of its memory.
    await bundle(root, directory);
    buildSync({
      entryPoints: ['load-server', 'floor', 'reader'].map((name) => join(__dirname, `${name}.ts`)),
      outdir: directory,
      bundle: true,
      platform: 'node',
      target: 'node20',
      entryNames: '[name]',
    });
    const server = run(directory, 'load-server.js', [JSON.stringify(load), directory]);
    children.push(server);
    const { port } = await firstLine<{ port: number }>(server);
    const total = Math.ceil(load.results / load.windows) * load.windows;
    const client = async (script: string): Promise<Measured> => {
      const child = run(directory, script, [String(port), directory, String(total)]);
      children.push(child);
      return firstLine<Measured>(child);
    };
    const floor = await client('floor.js');
    const reader = await client('reader.js');
    return { floor, reader, aggregator: await aggregate(directory, port, total, children) };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The deployed program against a real PostgreSQL; done when every result is in the database. */
async function aggregate(
  directory: string,
  port: number,
  total: number,
  children: ChildProcess[],
): Promise<Measured> {
  const postgres = await startPostgres({ durable: true });
  try {
    const child = spawn(process.execPath, [join(directory, 'trail.js'), 'aggregate'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        GOLDMANE_HOST: `127.0.0.1:${port}`,
        GOLDMANE_SERVER_NAME: 'goldmane',
        TLS_CERT_PATH: join(directory, 'tls.crt'),
        TLS_KEY_PATH: join(directory, 'tls.key'),
        CA_CERT_PATH: join(directory, 'ca.crt'),
        DATABASE_URL: postgres.url,
        HTTP_PORT: '0',
        // No settle pass: it is measured apart.
        SETTLE_AGE_SECONDS: '3000',
      },
    });
    children.push(child);
    const { port: http } = await firstLine<{ port: number }>(child);
    const database = new Client({ connectionString: postgres.url });
    await database.connect();
    for (;;) {
      const { rows } = await database
        .query<{ flows: string | null }>('SELECT sum(flow_count) AS flows FROM edge')
        .catch(() => ({ rows: [{ flows: null }] }));
      if (Number(rows[0]?.flows ?? 0) >= Math.floor(total / 2)) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await database.end();
    const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
    const cpuSeconds = Number(/^process_cpu_seconds_total (\S+)/m.exec(metrics)?.[1]);
    const measured = { results: total, cpuSeconds, peakMiB: peakMiB(child.pid ?? 0) };
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    return measured;
  } finally {
    await postgres.stop();
  }
}

function run(directory: string, script: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(directory, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function firstLine<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('no stdout');
    createInterface(child.stdout).once('line', (line) => {
      resolve(JSON.parse(line) as T);
    });
    child.once('exit', (code) => {
      reject(new Error(`ended with ${code ?? 'a signal'} before its first line`));
    });
  });
}
