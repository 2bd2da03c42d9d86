import type { Pair } from '../certificates/authority';
import type { Clock } from './clock';
import { WINDOW_SECONDS, type FlowReport } from './flow';
import { FlowRing } from './flow-ring';
import { FlowStream } from './flow-stream';
import { frame } from './frames';
import { finish, GrpcServer, respond, Status, type Call, type ServerTls } from './grpc-server';
import { Ledger } from './ledger';
import { messages, type FlowResult, type ListRequest, type StreamRequest } from './messages';
import { filterHints, listFlows, matches, QueryError } from './query';
import { Random } from './random';

const RESEND_SECONDS = 300;

export interface SimulatorOptions {
  readonly tls: ServerTls;
  readonly clock: Clock;
  /**
   * TCP port on 127.0.0.1.
   * @default a free one
   */
  readonly port?: number;
  /**
   * Decides the order inside windows.
   * @default 1
   */
  readonly seed?: number;
}

/** Calls in the order they came, for tests of what a client asks. */
export type ReceivedCall =
  | { readonly call: 'Stream'; readonly request: StreamRequest }
  | { readonly call: 'List'; readonly request: ListRequest };

/** Answers that replace the simulator's own. Frames are sent as they are. */
export interface CannedAnswers {
  /** Body of each Stream, which then stays open. */
  readonly stream?: readonly Buffer[];
  /** Body of each List. */
  readonly list?: Buffer;
}

/**
 * Goldmane as its clients see it: Flows over gRPC and mutual TLS, windows of 15 s by a clock of its own, an
 * hour of memory, replay rules and gaps included, and faults on demand. It keeps a ledger of what it was fed.
 */
export class SimulatedGoldmane {
  /** What a faultless reader must have counted. Grows with every report that some life of the server took. */
  readonly ledger = new Ledger();
  readonly calls: ReceivedCall[] = [];
  private ring: FlowRing | undefined;
  private server: GrpcServer | undefined;
  private streams = new Set<FlowStream>();
  private readonly random: Random;
  private readonly told = new WeakSet<FlowReport>();
  private recent: FlowReport[] = [];
  private tls: ServerTls;
  private port: number;
  private cancelRollover: (() => void) | undefined;
  private refusal: { status: number; message: string } | undefined;
  private canned: CannedAnswers = {};
  private hanging = false;
  private raceNextReplay = false;

  constructor(private readonly options: SimulatorOptions) {
    this.tls = options.tls;
    this.port = options.port ?? 0;
    this.random = new Random('order', options.seed ?? 1);
  }

  /** Called after each rollover with the start of the window that has just closed; for a source of flows. */
  onWindowClosed: (start: number) => void = () => undefined;

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get connections(): number {
    return this.server?.connections ?? 0;
  }

  get openStreams(): number {
    return this.liveStreams().length;
  }

  /** Results that slow clients of the open streams lost. */
  get droppedResults(): number {
    return this.liveStreams().reduce((sum, { dropped }) => sum + dropped, 0);
  }

  /** Begins a life: an empty memory, ids from 1. The port stays the same from the first start on. */
  async start(): Promise<void> {
    if (this.server !== undefined) throw new Error('already started');
    this.ring = new FlowRing(this.options.clock.now());
    this.server = await GrpcServer.listen(this.tls, this.port, (call) => {
      this.serve(call);
    });
    this.port = this.server.port;
    this.scheduleRollover();
    // Nodes send again what the last five minutes held.
    const resent = this.recentReports();
    this.recent = [];
    for (const report of resent) this.addFlow(report);
  }

  /** Ends this life at once; connections break. */
  async stop(): Promise<void> {
    this.cancelRollover?.();
    this.ring = undefined;
    this.streams.clear();
    const { server } = this;
    this.server = undefined;
    await server?.close();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /**
   * A node's report. False when no window takes it (too old, too new). While the server is down the nodes
   * keep it for five minutes. The ledger counts it once, however often nodes send it again.
   */
  addFlow(report: FlowReport): boolean {
    this.recent.push(report);
    if (this.ring?.add(report) !== true) return false;
    if (!this.told.has(report)) this.ledger.add(report);
    this.told.add(report);
    return true;
  }

  /** Sends the window that starts at `start` once more to every open stream. */
  resendWindow(start: number): void {
    this.broadcast(this.ring?.window(start) ?? []);
  }

  /** Makes a rollover fall between the next stream's registration and its replay: one window comes twice. */
  duplicateOnNextReplay(): void {
    this.raceNextReplay = true;
  }

  /** Cuts all connections; the server goes on. */
  dropConnections(): void {
    this.server?.dropConnections();
  }

  goAway(): void {
    this.server?.goAway();
  }

  /** Ends all open streams with a gRPC status. */
  endStreams(status: number, message = 'ended on demand'): void {
    for (const stream of this.liveStreams()) stream.end(status, message);
  }

  /** Answers every call with a gRPC status from now on; undefined = serves again. */
  refuse(status: number | undefined, message = 'refused on demand'): void {
    this.refusal = status === undefined ? undefined : { status, message };
  }

  /** Accepts calls but sends nothing at all, until called with false. */
  hang(hanging: boolean): void {
    this.hanging = hanging;
    for (const stream of this.liveStreams()) stream.pause(hanging);
  }

  /** Sends bytes to all open streams as they are. */
  sendRaw(bytes: Buffer): void {
    for (const stream of this.liveStreams()) stream.send([bytes], { replay: true });
  }

  /** Serves given bytes instead of its own; {} = its own again. */
  serveCanned(answers: CannedAnswers): void {
    this.canned = answers;
  }

  /** The pair and client CA for connections made from now on. */
  useTls(tls: Partial<{ readonly server: Pair; readonly ca: string }>): void {
    this.tls = { ...this.tls, ...tls };
    this.server?.useTls(this.tls);
  }

  private serve({ path, request, stream }: Call): void {
    if (this.refusal !== undefined) {
      finish(stream, this.refusal.status, this.refusal.message);
      return;
    }
    try {
      if (path === '/goldmane.Flows/Stream') {
        this.openStream(new FlowStream(stream), messages.streamRequest.decode(request));
        return;
      }
      const answer = this.answerOf(path, request);
      if (answer === undefined) finish(stream, Status.unimplemented, `unknown method ${path}`);
      else if (!this.hanging) {
        respond(stream);
        stream.write(answer);
        finish(stream, Status.ok);
      }
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      finish(stream, Status.unknown, error.message);
    }
  }

  /** Framed answer of a unary call. */
  private answerOf(path: string, request: Buffer): Buffer | undefined {
    const { ring, options } = this;
    if (ring === undefined) return undefined;
    if (path === '/goldmane.Flows/List') {
      const wanted = messages.listRequest.decode(request);
      this.calls.push({ call: 'List', request: wanted });
      if (this.canned.list !== undefined) return this.canned.list;
      return frame(messages.listResult.encode(listFlows(ring, wanted, options.clock.now())));
    }
    if (path === '/goldmane.Flows/FilterHints') {
      const wanted = messages.hintsRequest.decode(request);
      return frame(messages.hintsResult.encode(filterHints(ring, wanted, options.clock.now())));
    }
    return undefined;
  }

  private openStream(stream: FlowStream, request: StreamRequest): void {
    this.calls.push({ call: 'Stream', request });
    stream.filter = request.filter ?? undefined;
    stream.pause(this.hanging);
    this.streams = new Set([...this.liveStreams(), stream]);
    if (this.canned.stream !== undefined) {
      stream.send(this.canned.stream, { replay: true });
      return;
    }
    const asked = request.start_time_gte;
    if (asked === 0 || this.ring === undefined) return;
    const start = asked < 0 ? Math.floor(this.options.clock.now()) + asked : asked;
    const replayed = this.ring.replay(start);
    if (this.raceNextReplay) {
      this.raceNextReplay = false;
      const last = Math.max(...replayed.map(({ flow }) => flow.start_time));
      this.sendResults(
        stream,
        replayed.filter(({ flow }) => flow.start_time === last),
        true,
      );
    }
    this.sendResults(stream, replayed, true);
  }

  private scheduleRollover(): void {
    const { ring } = this;
    if (ring === undefined) return;
    this.cancelRollover = this.options.clock.wakeAt(ring.nextRollover, () => {
      while (this.ring === ring && ring.nextRollover <= this.options.clock.now()) {
        this.broadcast(ring.rollOver());
        this.recent = this.recentReports();
        // The new newest window is in the future, the one before it has begun, the one before that has closed.
        this.onWindowClosed(ring.nextRollover - 2 * WINDOW_SECONDS);
      }
      if (this.ring === ring) this.scheduleRollover();
    });
  }

  private broadcast(results: readonly FlowResult[]): void {
    if (this.canned.stream !== undefined) return;
    for (const stream of this.liveStreams()) this.sendResults(stream, results, false);
  }

  /** Windows in the given order, each in an order of its own. */
  private sendResults(stream: FlowStream, results: readonly FlowResult[], replay: boolean): void {
    const windows = new Map<number, FlowResult[]>();
    for (const result of results) {
      if (!matches(stream.filter, result.flow.Key)) continue;
      const window = windows.get(result.flow.start_time) ?? [];
      windows.set(result.flow.start_time, window);
      window.push(result);
    }
    for (const window of windows.values()) {
      const frames = this.random.shuffled(window).map((result) => frame(messages.flowResult.encode(result)));
      stream.send(frames, { replay });
    }
  }

  private recentReports(): FlowReport[] {
    const oldest = this.options.clock.now() - RESEND_SECONDS;
    return this.recent.filter(({ time }) => time >= oldest);
  }

  private liveStreams(): FlowStream[] {
    return [...this.streams].filter(({ open }) => open);
  }
}
