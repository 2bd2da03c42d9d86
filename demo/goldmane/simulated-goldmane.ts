import type { Pair } from '../certificates/authority';
import type { Clock } from './clock';
import { WINDOW_SECONDS, windowStart, type FlowReport } from './flow';
import { FlowRing } from './flow-ring';
import { FlowStream } from './flow-stream';
import { frame } from './frames';
import { finish, GrpcServer, respond, Status, type Call, type ServerTls } from './grpc-server';
import type { Ledger } from './ledger';
import { messages, type ListRequest, type StreamRequest } from './messages';
import { KEPT_SECONDS, Nodes } from './nodes';
import { filterHints, listFlows, QueryError } from './query';
import { StreamHub } from './stream-hub';

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
  /** Body of each Stream, which then stays open; sent chunk by chunk as the client takes it. */
  readonly stream?: Iterable<Buffer>;
  /** Body of each List. */
  readonly list?: Buffer | ((request: ListRequest) => Buffer);
}

/**
 * Goldmane as its clients see it: Flows over gRPC and mutual TLS, windows of 15 s by a clock of its own, an
 * hour of memory, replay rules and gaps included, and faults on demand. It keeps a ledger of what it was fed.
 */
export class SimulatedGoldmane {
  readonly calls: ReceivedCall[] = [];
  private ring: FlowRing | undefined;
  private server: GrpcServer | undefined;
  private readonly streams: StreamHub;
  private readonly nodes = new Nodes();
  private lives = 0;
  private tls: ServerTls;
  private port: number;
  private nextClose: number;
  private cancelWake: (() => void) | undefined;
  private refusal: { status: number; message: string } | undefined;
  private canned: CannedAnswers = {};
  private streamsHang = false;
  private listsHang = false;
  private raceNextReplay = false;

  constructor(private readonly options: SimulatorOptions) {
    this.tls = options.tls;
    this.port = options.port ?? 0;
    this.streams = new StreamHub(options.seed ?? 1);
    this.nextClose = windowStart(options.clock.now()) + WINDOW_SECONDS;
  }

  /**
   * Called with the start of each window that closes, after what Goldmane does at that moment; for a source of
   * flows. While the server is down it waits: the last five minutes are made up for at the next start.
   */
  onWindowClosed: (start: number) => void = () => undefined;

  /** What a faultless reader must have counted. Grows with every report that some life of the server took. */
  get ledger(): Ledger {
    return this.nodes.ledger;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get connections(): number {
    return this.server?.connections ?? 0;
  }

  get openStreams(): number {
    return this.streams.open.length;
  }

  /** Results that slow clients of the open streams lost. */
  get droppedResults(): number {
    return this.streams.open.reduce((sum, { dropped }) => sum + dropped, 0);
  }

  /**
   * Begins a life: an empty memory, ids from 1. The first life looks as if it had begun long ago, further ones
   * show what a real server does in its first seconds. The port stays the same from the first start on.
   */
  async start(): Promise<void> {
    if (this.server !== undefined) throw new Error('already started');
    const { clock } = this.options;
    this.ring = new FlowRing(clock.now(), { justStarted: this.lives++ > 0 });
    this.nodes.resend(this.ring, clock.now());
    // What happened while the server was down is reported now, as far as nodes keep it.
    const oldest = windowStart(clock.now() - KEPT_SECONDS) + WINDOW_SECONDS;
    this.nextClose = Math.max(this.nextClose, oldest);
    this.server = await GrpcServer.listen(this.tls, this.port, (call) => {
      this.serve(call);
    });
    this.port = this.server.port;
    this.wake(this.ring);
  }

  /** Ends this life at once; connections break. */
  async stop(): Promise<void> {
    this.cancelWake?.();
    this.ring = undefined;
    this.streams.forgetAll();
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
    return this.nodes.report(report, this.ring);
  }

  /** Sends the window that starts at `start` once more to every open stream. */
  resendWindow(start: number): void {
    this.streams.broadcast(this.ring?.window(start) ?? []);
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
    for (const stream of this.streams.open) stream.end(status, message);
  }

  /** Answers every call with a gRPC status from now on; undefined = serves again. */
  refuse(status: number | undefined, message = 'refused on demand'): void {
    this.refusal = status === undefined ? undefined : { status, message };
  }

  /** Accepts calls but sends nothing at all, or nothing of some calls, until called with false. */
  hang(hanging: boolean, calls: 'all' | 'streams' | 'lists' = 'all'): void {
    if (calls !== 'streams') this.listsHang = hanging;
    if (calls === 'lists') return;
    this.streamsHang = hanging;
    for (const stream of this.streams.open) stream.pause(hanging);
  }

  /** Sends bytes to all open streams as they are. */
  sendRaw(bytes: Buffer): void {
    for (const stream of this.streams.open) stream.send([bytes], { replay: true });
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
      else if (!this.listsHang) {
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
      const { list } = this.canned;
      if (list !== undefined) return typeof list === 'function' ? list(wanted) : list;
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
    stream.pause(this.streamsHang);
    this.streams.add(stream);
    if (this.canned.stream !== undefined) {
      stream.sendFrom(this.canned.stream);
      return;
    }
    const asked = request.start_time_gte;
    if (asked === 0 || this.ring === undefined) return;
    const start = asked < 0 ? Math.floor(this.options.clock.now()) + asked : asked;
    const replayed = this.ring.replay(start);
    if (this.raceNextReplay) {
      this.raceNextReplay = false;
      const last = Math.max(...replayed.map(({ flow }) => flow.start_time));
      const lastWindow = replayed.filter(({ flow }) => flow.start_time === last);
      this.streams.send(stream, lastWindow, { replay: true });
    }
    this.streams.send(stream, replayed, { replay: true });
  }

  /** Does everything that is due by the clock, then waits for what comes next. */
  private wake(ring: FlowRing): void {
    const { clock } = this.options;
    while (this.ring === ring && this.nextDue(ring) <= clock.now()) {
      const due = this.nextDue(ring);
      if (ring.nextRollover === due) {
        const streamed = ring.rollOver();
        if (this.canned.stream === undefined) this.streams.broadcast(streamed);
      }
      if (this.nextClose === due) {
        this.nextClose += WINDOW_SECONDS;
        this.nodes.forgetOld(due);
        this.onWindowClosed(due - WINDOW_SECONDS);
      }
    }
    if (this.ring !== ring) return;
    this.cancelWake = clock.wakeAt(this.nextDue(ring), () => {
      this.wake(ring);
    });
  }

  private nextDue(ring: FlowRing): number {
    return Math.min(ring.nextRollover, this.nextClose);
  }
}
