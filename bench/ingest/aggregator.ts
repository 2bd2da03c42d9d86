import { join } from 'node:path';
import { Client } from 'pg';
import { env } from '../../contract';
import { startPostgres } from '../../demo/postgres/start';
import { FIRST_WINDOW, perWindow, type Load } from './load';
import { cpuSeconds, peakMiB, type Measured } from './measured';
import { ended, firstLine, type Processes } from './processes';

/** What the deployed program had spent at three moments, each figure from its start on. */
export interface AggregatorRun {
  /** When it began to serve metrics. */
  readonly started: Measured;
  /** When the whole replay was in the database; `seconds` since its start. */
  readonly live: Measured & { readonly seconds: number };
  /** When all due windows were listed again and settled; undefined = that began before the replay was over. */
  readonly settled: Measured | undefined;
}

/** As young as windows may be settled: all but the last two or three are due once the replay is over. */
const SETTLE_AGE_SECONDS = 60;
const YOUNG_WINDOWS = 4;

/** Runs the program in `directory` against the server at `port` and a durable PostgreSQL of its own. */
export async function runAggregator(
  directory: string,
  port: number,
  load: Load,
  processes: Processes,
): Promise<AggregatorRun> {
  const postgres = await startPostgres({ durable: true });
  const database = new Client({ connectionString: postgres.url });
  try {
    await database.connect();
    const began = performance.now();
    const child = processes.run([join(directory, 'trail.js'), 'aggregate'], {
      PATH: process.env['PATH'],
      [env.goldmaneHost]: `127.0.0.1:${port}`,
      [env.goldmaneServerName]: 'goldmane',
      [env.tlsCertPath]: join(directory, 'tls.crt'),
      [env.tlsKeyPath]: join(directory, 'tls.key'),
      [env.caCertPath]: join(directory, 'ca.crt'),
      [env.databaseUrl]: postgres.url,
      [env.httpPort]: '0',
      [env.settleAgeSeconds]: String(SETTLE_AGE_SECONDS),
    });
    const { port: http } = await firstLine<{ port: number }>(child);
    const measure = async (): Promise<Measured & { readonly windowsSettled: number }> => {
      const text = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
      const metric = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
      return {
        results: metric('trail_results_total'),
        // Not its metric, which begins after the program was loaded.
        cpuSeconds: cpuSeconds(child.pid ?? 0),
        peakMiB: peakMiB(child.pid ?? 0),
        windowsSettled: metric('trail_windows_settled_total'),
      };
    };
    const started = await measure();
    const flows = Math.floor((perWindow(load) * load.windows) / 2);
    await reached(database, 'SELECT sum(flow_count) AS value FROM edge', flows);
    const live = { ...(await measure()), seconds: (performance.now() - began) / 1000 };
    if (live.windowsSettled > 0) return { started, live, settled: undefined };
    const due = FIRST_WINDOW + 15 * Math.max(0, load.windows - YOUNG_WINDOWS);
    await reached(database, 'SELECT extract(epoch FROM settled_until) AS value FROM writer', due);
    const settled = await measure();
    child.kill('SIGTERM');
    await ended(child);
    return { started, live, settled };
  } finally {
    await database.end();
    await postgres.stop();
  }
}

/** Asks until the one value of `query` is at least `least`; tables may not be there yet. */
async function reached(database: Client, query: string, least: number): Promise<void> {
  for (;;) {
    const { rows } = await database
      .query<{ value: string | null }>(query)
      .catch(() => ({ rows: [{ value: null }] }));
    if (Number(rows[0]?.value ?? 0) >= least) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
