import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { createGoldmanePki, writeClientFiles } from '../certificates/goldmane-pki';
import { HomelabFeeder } from '../homelab/feeder';
import { Homelab } from '../homelab/homelab';
import { Clock } from './clock';
import { SimulatedGoldmane } from './simulated-goldmane';

/** The line that the process prints once it serves. */
export interface SimulatorReady {
  readonly pid: number;
  /** `127.0.0.1:port` of the gRPC server. */
  readonly address: string;
  readonly certPath: string;
  readonly keyPath: string;
  readonly caPath: string;
  /** GET: what a faultless reader must have counted so far, `{windows, edges}`. Query: from, to (Unix seconds). */
  readonly ledgerUrl: string;
}

interface Options {
  readonly port: number;
  readonly seed: number;
  readonly directory?: string;
}

/** Runs a simulated Goldmane with a homelab's flows until its stdin closes or a signal ends it. */
async function main(options: Options): Promise<void> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'trail-goldmane-')));
  const tidy = async (): Promise<void> => {
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    const pki = await createGoldmanePki();
    const files = await writeClientFiles(directory, pki);
    const clock = new Clock();
    const goldmane = new SimulatedGoldmane({ tls: pki, clock, port: options.port, seed: options.seed });
    await goldmane.start();
    new HomelabFeeder(goldmane, new Homelab(options.seed, clock.now())).begin(clock.now());
    const ready: SimulatorReady = {
      pid: process.pid,
      address: goldmane.address,
      ...files,
      ledgerUrl: await serveLedger(goldmane),
    };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    await ended();
    await goldmane.stop();
  } finally {
    await tidy();
  }
}

/** Resolves at a signal, or when the parent is gone: it holds the other end of our stdin. */
function ended(): Promise<unknown> {
  process.stdin.resume();
  return Promise.race([
    once(process.stdin, 'end'),
    once(process.stdin, 'error'),
    once(process, 'SIGINT'),
    once(process, 'SIGTERM'),
  ]);
}

async function serveLedger(goldmane: SimulatedGoldmane): Promise<string> {
  const path = `/${randomBytes(16).toString('hex')}/ledger`;
  const answer = (url: URL, response: ServerResponse): void => {
    const bound = (name: string, fallback: number): number => Number(url.searchParams.get(name) ?? fallback);
    const edges = goldmane.ledger.edges(bound('from', 0), bound('to', Infinity));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ windows: goldmane.ledger.windows, edges }));
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === path) answer(url, response);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number');
}

new Command('simulated-goldmane')
  .description('serves a simulated homelab over the API of Goldmane, on 127.0.0.1 with mutual TLS')
  .option('--port <port>', 'TCP port; 0 = any free one', wholeNumber, 0)
  .option('--seed <number>', 'decides what happens in the homelab', wholeNumber, 1)
  .option(
    '--directory <path>',
    'where to write tls.crt, tls.key and tigera-ca-bundle.crt; default: a temporary one',
  )
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
