import type { Logger } from 'pino';
import { TrailError } from '../errors';
import type { AggregatorConfig } from './config';
import { Backoff } from './backoff';
import { startHttpServer, type Readiness } from './http-server';
import { LiveReader } from './live-reader';
import { createMetrics } from './metrics';
import { isAborted, pause } from './pause';
import type { Session } from './session';
import { Settler } from './settler';
import { Writer } from './writer';
import { readTlsFiles } from '../goldmane/tls-files';

export interface StartOptions {
  /**
   * How long a start may wait for Goldmane or the database to come up before it fails, so that a wrong setting
   * shows as a failing pod. Once both have answered, no outage ends the process.
   */
  readonly patienceSeconds: number;
  /** Most bytes of readings that wait in memory while the database doesn't take them. @default 16 MiB */
  readonly maxBacklogBytes?: number;
  /** How long the nodes of a restarted Goldmane are waited for. @default 150 */
  readonly nodesBackAfterSeconds?: number;
}

/** How long the last write may take after a stop was asked for; the process is to be gone within 10 s. */
const STOP_PATIENCE_MS = 6_000;

/** Runs the aggregator until `signal` aborts. Rejects with a TrailError where it can't begin. */
export async function runAggregator(
  config: AggregatorConfig,
  { patienceSeconds, maxBacklogBytes, nodesBackAfterSeconds }: StartOptions,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const patience = patienceSeconds * 1000;
  // Before anything is opened: a mistake in the files shows at once.
  readTlsFiles(config.tls);
  const metrics = createMetrics();
  const reader = new LiveReader(config, log, metrics);
  const settler = new Settler(config, reader, log, metrics, nodesBackAfterSeconds);
  const writer = new Writer(config, reader, settler, log, metrics, maxBacklogBytes);
  signal.addEventListener('abort', () => {
    setTimeout(() => {
      log.warn('the database holds up the stop; hanging up');
      void writer.hangUp();
    }, STOP_PATIENCE_MS).unref();
  });
  const http = await startHttpServer(config.httpPort, metrics, () => readiness(writer, reader));
  log.info({ port: http.port, cluster: config.cluster }, 'trail aggregator started');
  try {
    const giveUpAt = performance.now() + patience;
    let started = false;
    while (!signal.aborted) {
      const session = await retry(
        () => writer.begin(signal),
        () => (writer.hasBegun ? Infinity : giveUpAt),
        log,
        signal,
      );
      if (session === undefined) return;
      // Whoever stood by was well set up once, and must not fail when it is needed.
      const patient = started || writer.hasStoodBy;
      await lead(session, reader, writer, patient ? Infinity : performance.now() + patience, log, signal);
      started = true;
    }
  } finally {
    http.close();
    log.info('trail aggregator stopped');
  }
}

/**
 * Reads and writes for as long as this process is the writer. `giveUpAt`: when a first connection to Goldmane must
 * have worked, on the clock of performance.now().
 */
async function lead(
  session: Session,
  reader: LiveReader,
  writer: Writer,
  giveUpAt: number,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const term = new AbortController();
  const stop = AbortSignal.any([signal, term.signal]);
  const { liveUntil, settledUntil } = session.ledger;
  const knownUntil = liveUntil || settledUntil;
  const read = retry(
    () => reader.run(knownUntil, stop),
    () => giveUpAt,
    log,
    stop,
  );
  // A reader that can't begin ends the writer too, and its error is the one to tell.
  const reading = read.finally(() => {
    term.abort();
  });
  reading.catch(() => undefined);
  await writer.run(session, stop);
  term.abort();
  await reading;
  reader.discard();
}

/**
 * Tries until it works, `signal` aborts (then undefined) or it is `giveUpAt()` on the clock of performance.now();
 * then, and where trying again can't help, throws the error. With Infinity nothing is ever given up.
 */
async function retry<T>(
  work: () => Promise<T>,
  giveUpAt: () => number,
  log: Logger,
  signal: AbortSignal,
): Promise<T | undefined> {
  const backoff = new Backoff();
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (isAborted(signal)) return undefined;
      const wait = backoff.next();
      const until = giveUpAt();
      const isHopeless = !(error instanceof TrailError) || error.permanent;
      if (until !== Infinity && (isHopeless || performance.now() + wait > until)) throw error;
      if (until === Infinity) log.error({ problem: (error as Error).message }, 'trying again');
      await pause(wait, signal);
    }
  }
  return undefined;
}

function readiness(writer: Writer, reader: LiveReader): Readiness {
  switch (writer.state) {
    case 'standby':
      return { ready: true, detail: 'standing by' };
    case 'writing':
      return reader.connection === undefined
        ? { ready: false, detail: 'writing, but the flow stream is down' }
        : { ready: true, detail: 'writing' };
    case 'disconnected':
      return { ready: false, detail: 'the database is out of reach' };
    case 'starting':
      return { ready: false, detail: 'starting' };
  }
}
