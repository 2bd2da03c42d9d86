import type { FlowStream } from './flow-stream';
import { frame } from './frames';
import { messages, type FlowResult } from './messages';
import { matches } from './query';
import { Random } from './random';

/** The open streams, and what goes out on them. */
export class StreamHub {
  private streams: FlowStream[] = [];
  private readonly random: Random;

  /** @param seed decides the order inside windows */
  constructor(seed: number) {
    this.random = new Random('order', seed);
  }

  get open(): readonly FlowStream[] {
    this.streams = this.streams.filter(({ open }) => open);
    return this.streams;
  }

  add(stream: FlowStream): void {
    this.streams.push(stream);
  }

  forgetAll(): void {
    this.streams = [];
  }

  /** Sends a window to all streams. */
  broadcast(results: readonly FlowResult[]): void {
    for (const stream of this.open) this.send(stream, results);
  }

  /** Sends what the stream's filter lets through: windows in the given order, each in an order of its own. */
  send(stream: FlowStream, results: readonly FlowResult[], { replay = false } = {}): void {
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
}
