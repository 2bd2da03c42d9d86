import type { ServerHttp2Stream } from 'node:http2';
import type { Filter } from './messages';
import { finish, respond } from './grpc-server';

const CHUNK_BYTES = 64 * 1024;
/** What a real server queues for a client before it starts to drop. */
const QUEUE_FRAMES = 5000;
const PATIENCE_MS = 1000;

/**
 * One open Flows.Stream. Like a real Goldmane it queues so many results for a slow client, waits a second,
 * and then drops what doesn't fit, without a word.
 */
export class FlowStream {
  /** Frames that a slow client lost. */
  dropped = 0;
  private queue: Buffer[] = [];
  private overdue: Buffer[] = [];
  private source: Iterator<Buffer> | undefined;
  private waiting = false;
  private paused = false;
  private ending: (() => void) | undefined;
  private patience: NodeJS.Timeout | undefined;

  /** What the client wants of the flows; undefined = all. */
  filter: Filter | undefined;

  constructor(private readonly stream: ServerHttp2Stream) {
    respond(stream);
    stream.on('drain', () => {
      this.waiting = false;
      this.pump();
    });
    stream.once('close', () => {
      clearTimeout(this.patience);
    });
  }

  get open(): boolean {
    return !this.stream.destroyed && !this.stream.closed;
  }

  /** Queues frames. A replay brings its own room, as a real server sizes the queue by it. */
  send(frames: readonly Buffer[], { replay = false } = {}): void {
    for (const frame of frames) {
      if (replay || this.queue.length < QUEUE_FRAMES) this.queue.push(frame);
      else this.overdue.push(frame);
    }
    this.pump();
    if (this.overdue.length > 0) {
      this.patience ??= setTimeout(() => {
        this.patience = undefined;
        this.dropped += this.overdue.length;
        this.overdue = [];
      }, PATIENCE_MS);
    }
  }

  /** Sends chunks as fast as the client takes them, after what is queued; never holds more than one. */
  sendFrom(chunks: Iterable<Buffer>): void {
    this.source = chunks[Symbol.iterator]();
    this.pump();
  }

  /** Holds everything back, or goes on. */
  pause(paused: boolean): void {
    this.paused = paused;
    this.pump();
  }

  /** Ends the call with a gRPC status, after what is queued. */
  end(status: number, message?: string): void {
    this.ending = () => {
      finish(this.stream, status, message);
    };
    this.pump();
  }

  private pump(): void {
    let at = 0;
    while (!this.waiting && !this.paused && this.open && at < this.queue.length) {
      const first = at;
      for (let bytes = 0; at < this.queue.length && bytes < CHUNK_BYTES; at++)
        bytes += this.queue[at]?.length ?? 0;
      this.waiting = !this.stream.write(Buffer.concat(this.queue.slice(first, at)));
    }
    this.queue = this.queue.slice(at);
    while (this.overdue.length > 0 && this.queue.length < QUEUE_FRAMES) {
      this.queue.push(...this.overdue.splice(0, QUEUE_FRAMES - this.queue.length));
    }
    while (
      this.queue.length === 0 &&
      this.source !== undefined &&
      !this.waiting &&
      !this.paused &&
      this.open
    ) {
      const next = this.source.next();
      if (next.done === true) this.source = undefined;
      else this.waiting = !this.stream.write(next.value);
    }
    if (this.queue.length === 0 && this.source === undefined) this.ending?.();
  }
}
