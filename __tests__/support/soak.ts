import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../../demo/goldmane/random';
import { startPostgres, type Postgres } from '../../demo/postgres/start';
import { migrate } from '../../trail/store/migrate';
import type { AggregatorProcess } from './aggregator';
import { eventually } from './eventually';
import { killAtRandomMoment } from './kill';
import { setReadOnly } from './read-only';
import { Scene } from './scene';
import { databaseOf, withDatabase } from './trail-database';

/** Kills between two checkpoints. */
const KILLS_PER_SEGMENT = 10;
/** Nodes report a window for five minutes at most; what comes later is lost in a real cluster too. */
const LATEST_WINDOWS = 20;
/** Until the settle pass has read what was reported late. */
const SETTLE_WINDOWS = 43;
/** Windows pass in bursts: a stream that never pauses would look like an endless replay. */
const BURST_WINDOWS = 10;
const FLOWS_PER_WINDOW = 60;
const BURST_EVERY_MS = 1_500;
const BURSTS_PER_CHECKPOINT = 200;

/** The aggregator's memory at one moment. */
export interface MemorySample {
  /** Since the aggregator started, by Goldmane's clock. */
  readonly hours: number;
  readonly residentMiB: number;
  /** JavaScript's heap and the buffers beside it, garbage included. */
  readonly heldMiB: number;
}

/** What a soak did and saw so far. */
export interface SoakFigures {
  /** Times that each fault was made, by its name. */
  readonly faults: ReadonlyMap<string, number>;
  readonly checkpoints: number;
  readonly edges: number;
  readonly flows: number;
  /** By Goldmane's clock. */
  readonly hours: number;
  /** Of aggregators that were killed, just before. */
  readonly killedMiB: readonly number[];
  readonly stretch: readonly MemorySample[];
}

/** Called now and then with what is going on. */
export type Progress = (text: string) => void;

type Fault = () => void | Promise<void>;

/**
 * An aggregator that is treated badly for long: the same seed, the same faults in the same order. Traffic is
 * faster than a real cluster's by as much as this machine allows; windows are real ones by Goldmane's clock.
 */
export class Soak {
  readonly #random: Random;
  readonly #began: number;
  readonly #faults = new Map<string, number>();
  readonly #killedMiB: number[] = [];
  readonly #stretch: MemorySample[] = [];
  #checkpoints = 0;
  #edges = 0;
  #flows = 0;

  private constructor(
    private readonly server: Postgres,
    private readonly scene: Scene,
    seed: number,
    private readonly progress: Progress,
  ) {
    this.#random = new Random('soak', seed);
    this.#began = scene.clock.now();
  }

  static async open(seed: number, progress: Progress = () => undefined): Promise<Soak> {
    const server = await startPostgres();
    await withDatabase(server.url, (client) => migrate(client, 'default'));
    const scene = await Scene.open({ database: databaseOf(server) });
    scene.pass(30);
    return new Soak(server, scene, seed, progress);
  }

  async close(): Promise<void> {
    await this.scene.close();
    await this.server.stop();
  }

  get figures(): SoakFigures {
    return {
      faults: this.#faults,
      checkpoints: this.#checkpoints,
      edges: this.#edges,
      flows: this.#flows,
      hours: (this.scene.clock.now() - this.#began) / 3_600,
      killedMiB: this.#killedMiB,
      stretch: this.#stretch,
    };
  }

  /** So many aggregators, one after the other, each with faults and a SIGKILL; compares everything now and then. */
  async kill(times: number): Promise<void> {
    for (let done = 0, segment = 0; done < times; segment++) {
      // A Goldmane that restarts has forgotten what was reported late: nobody could know, so not both at once.
      const restarts = segment % 3 === 2;
      if (restarts) await this.#restartGoldmane();
      for (let left = KILLS_PER_SEGMENT; left > 0 && done < times; left--, done++)
        await this.#killOne(!restarts);
      const aggregator = this.scene.start();
      await this.#checkpoint(aggregator);
      await aggregator.kill('SIGTERM');
      this.progress(`${done} of ${times} kills, ${this.#flows} flows exact`);
    }
  }

  /** One aggregator for so long, with milder faults; samples its memory. */
  async stretch(minutes: number): Promise<void> {
    const { scene } = this;
    const random = this.#random;
    const aggregator = scene.start();
    await scene.exact();
    const began = scene.clock.now();
    const until = performance.now() + minutes * 60_000;
    for (let burst = 1; performance.now() < until; burst++) {
      for (let window = 0; window < BURST_WINDOWS; window++) {
        scene.feed(0, FLOWS_PER_WINDOW);
        scene.clock.advance(15);
        if (random.chance(0.2)) await this.#make('late report', this.#lateReports);
      }
      if (random.chance(0.02)) await this.#make('broken connection', this.#breakConnection);
      if (random.chance(0.05)) await this.#make('window streamed twice', this.#resendWindow);
      await delay(BURST_EVERY_MS);
      this.#stretch.push({
        hours: (scene.clock.now() - began) / 3_600,
        residentMiB: residentMiB(aggregator),
        heldMiB:
          ((await aggregator.metric('nodejs_heap_size_used_bytes')) +
            (await aggregator.metric('nodejs_external_memory_bytes'))) /
          2 ** 20,
      });
      if (burst % BURSTS_PER_CHECKPOINT === 0) {
        await this.#checkpoint(aggregator);
        this.progress(`${this.#stretch.at(-1)?.hours.toFixed(1)} h of traffic, ${this.#flows} flows exact`);
      }
    }
    await this.#checkpoint(aggregator);
    await aggregator.kill('SIGTERM');
  }

  async #killOne(withLateReports: boolean): Promise<void> {
    const random = this.#random;
    await killAtRandomMoment(this.scene, random, {
      meanwhile: async (aggregator) => {
        for (let windows = random.integer(1, 3); windows > 0; windows--) {
          this.scene.pass(1);
          if (withLateReports && random.chance(0.3)) await this.#make('late report', this.#lateReports);
          if (this.server.pid === undefined || !random.chance(0.4)) continue;
          await this.#make(...random.pick(this.#anyTime));
        }
        this.#killedMiB.push(residentMiB(aggregator));
      },
    });
    this.#count('kill -9');
    if (this.server.pid === undefined) await this.server.restart();
  }

  async #restartGoldmane(): Promise<void> {
    const aggregator = this.scene.start();
    await this.scene.exact();
    await this.#make('restart of Goldmane', () => this.scene.goldmane.restart());
    await delay(this.#random.integer(0, 1_500));
    await aggregator.kill('SIGKILL');
  }

  /** Waits until all that was ever reported is in the database and settled, and compares. Throws on a difference. */
  async #checkpoint(aggregator: AggregatorProcess): Promise<void> {
    const { scene } = this;
    scene.pass(SETTLE_WINDOWS);
    await eventually(
      async () =>
        (await aggregator.metric('trail_settled_until_timestamp_seconds')) >=
        scene.window - SETTLE_WINDOWS * 15,
      'windows settle',
      60,
    );
    await scene.exact();
    await withDatabase(scene.database.url, async (client) => {
      const { rows } = await client.query<{ tables: number; edges: number; flows: number; gaps: number }>(
        `WITH total AS (
           SELECT sum(flow_count) AS flows, sum(connections) AS connections, sum(bytes_out + bytes_in) AS bytes FROM edge
           UNION SELECT sum(flow_count), sum(connections), sum(bytes_out + bytes_in) FROM edge_service
           UNION SELECT sum(flow_count), sum(connections), sum(bytes_out + bytes_in) FROM edge_day
         )
         SELECT count(*)::int AS tables, max(flows)::float8 AS flows, (SELECT count(*)::int FROM edge) AS edges,
           (SELECT count(*)::int FROM coverage WHERE state = 'gap') AS gaps FROM total`,
      );
      const [found] = rows;
      if (found?.tables !== 1) throw new Error('edge, edge_service and edge_day do not add up to the same');
      if (found.gaps > 0) throw new Error('a gap is recorded, and nothing was lost');
      this.#edges = found.edges;
      this.#flows = found.flows;
    });
    this.#checkpoints++;
  }

  readonly #breakConnection: Fault = () => {
    this.scene.goldmane.dropConnections();
  };

  readonly #resendWindow: Fault = () => {
    this.scene.goldmane.resendWindow(this.scene.window - 15 * this.#random.integer(2, 6));
  };

  readonly #lateReports: Fault = () => {
    this.scene.feed(this.#random.integer(2, LATEST_WINDOWS), 3);
  };

  readonly #anyTime: readonly [readonly [string, Fault], ...(readonly [string, Fault])[]] = [
    ['broken connection', this.#breakConnection],
    ['window streamed twice', this.#resendWindow],
    [
      'replay that a rollover races',
      () => {
        this.scene.goldmane.duplicateOnNextReplay();
      },
    ],
    [
      'stream ended with a status',
      () => {
        this.scene.goldmane.endStreams(this.#random.integer(1, 16));
      },
    ],
    [
      'GOAWAY',
      () => {
        this.scene.goldmane.goAway();
      },
    ],
    [
      'database connection cut',
      () =>
        withDatabase(this.server.adminUrl, async (client) => {
          await client.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'trail'",
          );
        }),
    ],
    // Comes back once the aggregator was killed.
    ['database crash', () => this.server.kill()],
    [
      'database crash and restart',
      async () => {
        await this.server.kill();
        await delay(this.#random.integer(0, 1_000));
        await this.server.restart();
      },
    ],
    [
      'read-only spell',
      async () => {
        await setReadOnly(this.server.adminUrl, true);
        await delay(this.#random.integer(0, 1_500));
        await setReadOnly(this.server.adminUrl, false);
      },
    ],
  ];

  async #make(name: string, fault: Fault): Promise<void> {
    this.#count(name);
    await fault();
  }

  #count(name: string): void {
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
  }
}

/** Resident size of a process now, MiB; NaN where the system doesn't tell. */
function residentMiB({ process: { pid } }: AggregatorProcess): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}
