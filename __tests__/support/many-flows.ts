import { frame } from '../../demo/goldmane/frames';
import type { ListRequest } from '../../demo/goldmane/messages';
import type { CannedAnswers } from '../../demo/goldmane/simulated-goldmane';
import { flowResult, type TestRecord } from './flow-bytes';

const CHUNK_FRAMES = 500;
/** Of so many flows one is refused at its destination, where there are records of that side. */
const REFUSED_EVERY = 8;

/** What all flows of a series come to. */
export interface SeriesTotals {
  readonly flows: number;
  readonly connections: number;
  readonly bytes: number;
}

export interface SeriesOptions {
  /** Unix seconds. */
  readonly firstWindow: number;
  readonly windows: number;
  readonly flowsPerWindow: number;
  /** Whether destinations report too: in each window after all sources, some of them refusing. @default false */
  readonly bothSides?: boolean;
  /** What tells flow number `flow` from the others; numbers go on from window to window. */
  readonly keyOf: (flow: number) => Partial<TestRecord>;
}

/** More flows than the simulator would like to remember: made when they are sent, each in one window. */
export class FlowSeries {
  readonly #resultsPerWindow: number;

  constructor(private readonly options: SeriesOptions) {
    this.#resultsPerWindow = options.flowsPerWindow * (options.bothSides === true ? 2 : 1);
  }

  /** End of the last window, Unix seconds. */
  get end(): number {
    return this.options.firstWindow + 15 * this.options.windows;
  }

  /** Totals of all flows, or of those that were refused at their destination, or of the others. */
  totals(only?: 'refused' | 'allowed'): SeriesTotals {
    const { windows, flowsPerWindow } = this.options;
    let flows = 0;
    let connections = 0;
    for (let flow = 0; flow < windows * flowsPerWindow; flow++) {
      if (only !== undefined && this.#isRefused(flow) !== (only === 'refused')) continue;
      flows++;
      connections += connectionsOf(flow);
    }
    return { flows, connections, bytes: connections * 110 };
  }

  /** Answers of a Goldmane that has these flows; a list of another window is empty. */
  get answers(): CannedAnswers {
    return { stream: this.#stream(), list: (request) => this.#list(request) };
  }

  *#stream(): Generator<Buffer> {
    for (let window = 0; window < this.options.windows; window++) {
      for (let from = 0; from < this.#resultsPerWindow; from += CHUNK_FRAMES)
        yield Buffer.concat([...this.#results(window, from, from + CHUNK_FRAMES)].map((each) => frame(each)));
    }
  }

  #list({ start_time_gte: start }: ListRequest): Buffer {
    const window = (start - this.options.firstWindow) / 15;
    if (window < 0 || window >= this.options.windows) return frame(new Uint8Array(0));
    const fields: Uint8Array[] = [];
    for (const result of this.#results(window, 0, this.#resultsPerWindow)) {
      // Tag of `flows`, and a length that may have a byte to spare.
      fields.push(Uint8Array.of(0x12, (result.length & 0x7f) | 0x80, result.length >> 7), result);
    }
    return frame(Buffer.concat(fields));
  }

  *#results(window: number, from: number, to: number): Generator<Uint8Array> {
    const { firstWindow, flowsPerWindow, keyOf } = this.options;
    for (let index = from; index < Math.min(to, this.#resultsPerWindow); index++) {
      const flow = window * flowsPerWindow + (index % flowsPerWindow);
      const fromSource = index < flowsPerWindow;
      const connections = connectionsOf(flow);
      yield flowResult({
        id: window * this.#resultsPerWindow + index + 1,
        window: firstWindow + 15 * window,
        reporter: fromSource ? 1 : 2,
        action: !fromSource && this.#isRefused(flow) ? 2 : 1,
        connections,
        bytesOut: connections * (fromSource ? 100 : 10),
        bytesIn: connections * (fromSource ? 10 : 100),
        ...keyOf(flow),
      });
    }
  }

  #isRefused(flow: number): boolean {
    return this.options.bothSides === true && flow % REFUSED_EVERY === 0;
  }
}

function connectionsOf(flow: number): number {
  return 1 + (flow % 7);
}
