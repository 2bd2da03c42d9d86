import { join } from 'node:path';
import { env } from '../../contract';
import { TrailError } from '../../trail/errors';
import { startChild, type Child } from './child';

/** Where the simulated Goldmane is, and files to reach it. */
export interface Goldmane {
  readonly address: string;
  readonly serverName: string;
  readonly certPath: string;
  readonly keyPath: string;
  readonly caPath: string;
}

/** A running `trail aggregate`. */
export interface Aggregator {
  readonly child: Child;
  /** A number of its /metrics, summed over labels. */
  metric(name: string): Promise<number>;
}

/** Name of the demo's cluster in the trail's rows. */
export const DEMO_CLUSTER = 'demo';

/** Starts the very program that the stack deploys, with the environment that the stack gives it. */
export async function startAggregator(
  root: string,
  goldmane: Goldmane,
  databaseUrlFile: string,
): Promise<Aggregator> {
  const child = startChild({
    name: 'trail aggregate',
    script: [join(root, 'dist/trail.js'), 'aggregate'],
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      [env.goldmaneHost]: goldmane.address,
      [env.goldmaneServerName]: goldmane.serverName,
      [env.tlsCertPath]: goldmane.certPath,
      [env.tlsKeyPath]: goldmane.keyPath,
      [env.caCertPath]: goldmane.caPath,
      [env.databaseUrlFile]: databaseUrlFile,
      [env.clusterName]: DEMO_CLUSTER,
      [env.httpPort]: '0',
    },
  });
  const port = await child.line((line) => portOf(line), 20);
  return {
    child,
    async metric(name) {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
      return values.reduce((sum, [, value]) => sum + Number(value), 0);
    },
  };
}

/** Waits until every window that closed before `until` (Unix seconds) is in the database. */
export async function caughtUp(aggregator: Aggregator, until: number, timeoutSeconds: number): Promise<void> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    const { exitCode } = aggregator.child.process;
    if (exitCode !== null) {
      throw new TrailError(
        'demo',
        `trail aggregate ended with code ${exitCode}:\n${aggregator.child.lastWords()}`,
        'see its words above',
      );
    }
    if ((await aggregator.metric('trail_written_window_timestamp_seconds')) >= until) return;
    if (performance.now() > deadline) {
      throw new TrailError(
        'demo',
        `the replay was not written within ${timeoutSeconds} s`,
        'try again on a less busy machine',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function portOf(line: string): number | undefined {
  try {
    return (JSON.parse(line) as { port?: number }).port;
  } catch {
    return undefined;
  }
}
