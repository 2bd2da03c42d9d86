import pino from 'pino';
import { env } from '../../contract';
import { parseConfig } from '../../trail/aggregator/config';
import { runAggregator, type StartOptions } from '../../trail/aggregator/service';
import { readMetric, type LogLine } from './endpoints';
import type { Scene } from './scene';

/** An aggregator in this process, for what can't be set from outside of one. */
export interface InProcess {
  /** Resolves when it has ended; rejects where it gave up. */
  readonly ended: Promise<void>;
  readonly log: readonly LogLine[];
  /** A number of its /metrics, summed over labels; NaN while there is none. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

/** Starts one on a scene's Goldmane and database, or on another way to it. */
export function startInProcess(
  scene: Scene,
  options: StartOptions,
  databaseUrl = scene.database.url,
): InProcess {
  const stop = new AbortController();
  const log: LogLine[] = [];
  const ended = runAggregator(
    parseConfig({
      [env.goldmaneHost]: scene.goldmane.address,
      [env.goldmaneServerName]: 'goldmane',
      [env.tlsCertPath]: scene.files.certPath,
      [env.tlsKeyPath]: scene.files.keyPath,
      [env.caCertPath]: scene.files.caPath,
      [env.databaseUrl]: databaseUrl,
      [env.httpPort]: '0',
    }),
    options,
    pino({ level: 'debug' }, { write: (line) => log.push(JSON.parse(line) as LogLine) }),
    stop.signal,
  );
  // A test that fails before it looks at this must not end the others.
  ended.catch(() => undefined);
  return {
    ended,
    log,
    metric: (name) => readMetric(log, name),
    stop: () => {
      stop.abort();
      return ended;
    },
  };
}
