import { deepStrictEqual } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createGoldmanePki,
  writeClientFiles,
  type ClientFiles,
  type GoldmanePki,
} from '../../demo/certificates/goldmane-pki';
import { Clock } from '../../demo/goldmane/clock';
import { Action, flowReport, Reporter, type FlowReport } from '../../demo/goldmane/flow';
import type { ExpectedEdge } from '../../demo/goldmane/ledger';
import { SimulatedGoldmane } from '../../demo/goldmane/simulated-goldmane';
import { AggregatorProcess } from './aggregator';
import { eventually, inTime } from './eventually';
import type { TestDatabase } from './postgres';
import { trailDatabase, withDatabase } from './trail-database';

/** An aligned time far from the real one: nothing may depend on this machine's clock. */
const START = 1_795_000_200;

/**
 * A Goldmane that tests drive window by window, a database, and aggregators on both. The simulator's own
 * ledger says what the database must hold.
 */
export class Scene {
  readonly aggregators: AggregatorProcess[] = [];
  #seed = 1;

  private constructor(
    readonly directory: string,
    readonly pki: GoldmanePki,
    readonly files: ClientFiles,
    readonly clock: Clock,
    readonly goldmane: SimulatedGoldmane,
    readonly database: TestDatabase,
  ) {}

  /**
   * @param options.skewSeconds how far Goldmane's clock is from this machine's; without it, weeks
   * @param options.realTime whether Goldmane's clock runs; without it, windows pass on demand only
   * @param options.database what to write to; without it, a database of its own with the trail's schema
   */
  static async open(
    options: {
      readonly skewSeconds?: number;
      readonly realTime?: boolean;
      readonly database?: TestDatabase;
    } = {},
  ): Promise<Scene> {
    const directory = mkdtempSync(join(tmpdir(), 'trail-scene-'));
    const pki = await createGoldmanePki();
    const files = await writeClientFiles(directory, pki);
    const now =
      options.skewSeconds === undefined
        ? START
        : Math.floor((Date.now() / 1000 + options.skewSeconds) / 15) * 15;
    const clock = new Clock(now + 1, options.realTime === true ? 1 : 0);
    const goldmane = new SimulatedGoldmane({ tls: pki, clock });
    await goldmane.start();
    return new Scene(directory, pki, files, clock, goldmane, options.database ?? (await trailDatabase()));
  }

  async close(): Promise<void> {
    const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
      ...this.aggregators.map((each) => ['an aggregator has ended', () => each.kill('SIGKILL')] as const),
      ['Goldmane has stopped', () => this.goldmane.stop()],
      ['the database is dropped', () => this.database.drop()],
    ];
    const failures: unknown[] = [];
    for (const [what, step] of steps)
      await inTime(what, step()).catch((error: unknown) => failures.push(error));
    rmSync(this.directory, { recursive: true });
    if (failures.length > 0) throw failures[0];
  }

  /** Starts an aggregator; `databaseUrl` if it shall reach the database in another way. */
  start(env: Readonly<Record<string, string>> = {}, databaseUrl = this.database.url): AggregatorProcess {
    const aggregator = AggregatorProcess.start({
      goldmane: this.goldmane.address,
      files: this.files,
      databaseUrl,
      env,
    });
    this.aggregators.push(aggregator);
    return aggregator;
  }

  /** Start of the window that is filling now, Unix seconds. */
  get window(): number {
    return Math.floor(this.clock.now() / 15) * 15;
  }

  /** End of the last window that was streamed: each goes out when the one after it has closed. */
  get streamedUntil(): number {
    return this.window - 15;
  }

  /** Feeds one window's traffic, different every time, `windowsAgo` windows before the one that is filling. */
  feed(windowsAgo = 0, flows = 12): void {
    for (const report of this.traffic(this.window - 15 * windowsAgo + 2, flows))
      this.goldmane.addFlow(report);
  }

  /** Lets `windows` windows pass, each with traffic unless told otherwise. */
  pass(windows: number, options: { readonly traffic?: boolean } = {}): void {
    for (let index = 0; index < windows; index++) {
      if (options.traffic !== false) this.feed();
      this.clock.advance(15);
    }
  }

  /** Everything that is streamed or listed for windows before `until` is in the database, exactly; `lost` is not. */
  async exact(
    until: number = this.streamedUntil,
    options: { readonly lost?: { readonly from: number; readonly until: number } } = {},
  ): Promise<void> {
    const { lost } = options;
    const { ledger } = this.goldmane;
    const expected =
      lost === undefined
        ? ledger.edges(0, until)
        : merge([...ledger.edges(0, lost.from), ...ledger.edges(lost.until, until)]);
    let found: unknown[] = [];
    try {
      await eventually(
        async () => {
          found = await this.edges();
          return JSON.stringify(found) === JSON.stringify(expected);
        },
        'the database equals the ledger',
        30,
      );
    } catch (error) {
      deepStrictEqual(found, expected);
      throw error;
    }
  }

  /** Edges in the database, in the ledger's shape and order. */
  async edges(): Promise<unknown[]> {
    return withDatabase(this.database.url, async (client) => {
      const { rows } = await client.query<{ src_ns: string; dst_ns: string; action: string }>(
        `SELECT src_ns, dst_ns, action, extract(epoch FROM first_seen)::float8 AS first_seen,
           extract(epoch FROM last_seen)::float8 AS last_seen, flow_count::float8, connections::float8,
           bytes_out::float8, bytes_in::float8 FROM edge`,
      );
      const key = (edge: (typeof rows)[number]): string => [edge.src_ns, edge.dst_ns, edge.action].join(' ');
      return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
    });
  }

  /** Coverage rows as [start, end, state] with times in windows before or after `origin`. */
  async coverage(origin: number): Promise<(readonly [number, number, string])[]> {
    return withDatabase(this.database.url, async (client) => {
      const { rows } = await client.query<{ start: number; end: number; state: string }>(
        `SELECT extract(epoch FROM range_start)::float8 AS start, extract(epoch FROM range_end)::float8 AS end, state
         FROM coverage ORDER BY range_start`,
      );
      return rows.map(
        ({ start, end, state }) => [(start - origin) / 15, (end - origin) / 15, state] as const,
      );
    });
  }

  /** Both sides of some flows between a few namespaces; some denied at one end, some to the outside. */
  private *traffic(time: number, flows: number): Generator<FlowReport> {
    for (let index = 0; index < flows; index++) {
      const random = this.random();
      const key = {
        source_namespace: `team-${random % 5}`,
        dest_namespace: `svc-${(random >> 3) % 7}`,
        source_name: `pod-${(random >> 6) % 3}-*`,
        dest_port: 8000 + ((random >> 8) % 3),
      };
      const connections = 1 + ((random >> 10) % 9);
      const counts = {
        num_connections_started: connections,
        bytes_out: connections * 100,
        bytes_in: connections * 7,
      };
      yield flowReport(time, { ...key, reporter: Reporter.src }, counts);
      const refused = (random >> 14) % 6 === 0;
      const back = { ...counts, bytes_out: counts.bytes_in, bytes_in: counts.bytes_out };
      yield flowReport(
        time,
        { ...key, reporter: Reporter.dst, action: refused ? Action.deny : Action.allow },
        back,
      );
    }
  }

  private random(): number {
    this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return this.#seed >> 4;
  }
}

/** Edges of several time ranges as one. */
function merge(parts: readonly ExpectedEdge[]): ExpectedEdge[] {
  const edges = new Map<string, ExpectedEdge>();
  for (const part of parts) {
    const key = [part.src_ns, part.dst_ns, part.action].join(' ');
    const known = edges.get(key);
    edges.set(
      key,
      known === undefined
        ? part
        : {
            ...part,
            first_seen: Math.min(known.first_seen, part.first_seen),
            last_seen: Math.max(known.last_seen, part.last_seen),
            flow_count: known.flow_count + part.flow_count,
            connections: known.connections + part.connections,
            bytes_out: known.bytes_out + part.bytes_out,
            bytes_in: known.bytes_in + part.bytes_in,
          },
    );
  }
  return [...edges].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge);
}
