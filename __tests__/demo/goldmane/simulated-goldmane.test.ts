import {
  createGoldmanePki,
  issueServerPair,
  type GoldmanePki,
} from '../../../demo/certificates/goldmane-pki';
import { Authority } from '../../../demo/certificates/authority';
import { Clock } from '../../../demo/goldmane/clock';
import { flowReport } from '../../../demo/goldmane/flow';
import { brokenFrames, frame } from '../../../demo/goldmane/frames';
import { SimulatedGoldmane } from '../../../demo/goldmane/simulated-goldmane';
import { capturedList, capturedResults } from '../../support/capture';
import { eventually } from '../../support/eventually';
import { GrpcFlowsClient } from '../../support/grpc-client';

/** Start of the current window when a test begins, an aligned time. */
const T = 1_795_000_200;

let pki: GoldmanePki;
let clock: Clock;
let goldmane: SimulatedGoldmane;
let client: GrpcFlowsClient;

beforeAll(async () => {
  pki = await createGoldmanePki();
});
beforeEach(async () => {
  clock = new Clock(T + 6, 0);
  goldmane = new SimulatedGoldmane({ tls: pki, clock });
  await goldmane.start();
  client = new GrpcFlowsClient(goldmane.address, pki);
});
afterEach(async () => {
  client.close();
  await goldmane.stop();
});

/** Feeds one flow into each of the `count` windows before the current one, and into the current one. */
function feedHistory(count: number): void {
  for (let i = count; i >= 0; i--) goldmane.addFlow(flowReport(T - i * 15 + 3, {}));
}

/** Window starts that a stream from `start` replays, relative to T in windows. */
async function replayed(start: number): Promise<number[]> {
  const stream = client.stream(start);
  const marker = goldmane.calls.length;
  await eventually(() => goldmane.calls.length > marker, 'the call arrives');
  // What is sent now comes after the replay.
  goldmane.sendRaw(frame(Buffer.from([8, 127])));
  await eventually(() => stream.results.at(-1)?.id === 127, 'the end of the replay');
  stream.cancel();
  return stream.results.slice(0, -1).map(({ flow }) => (flow.start_time - T) / 15);
}

const down = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('replay follows the rules of a real Goldmane', () => {
  beforeEach(() => feedHistory(40));

  test('an absolute start replays from its window up to the one that is streamed next, oldest first', async () => {
    expect(await replayed(T - 10 * 15)).toEqual(down(-10, -2));
    expect(await replayed(T - 10 * 15 + 14)).toEqual(down(-10, -2));
  });

  test('a negative start is relative to the clock of the server', async () => {
    expect(await replayed(-20)).toEqual([]);
    clock.advance(8);
    expect(await replayed(-31)).toEqual([-2]);
    expect(await replayed(-300)).toEqual(down(-20, -2));
  });

  test('0 replays nothing', async () => {
    expect(await replayed(0)).toEqual([]);
  });

  test('a start in the current or the next window replays everything, the unfinished window first', async () => {
    expect(await replayed(T + 6)).toEqual([0, ...down(-40, -2)]);
    expect(await replayed(T + 20)).toEqual(down(-40, -2));
    expect(await replayed(-3)).toEqual([0, ...down(-40, -2)]);
  });

  test('a start outside of the ring replays nothing', async () => {
    expect(await replayed(T + 31)).toEqual([]);
    expect(await replayed(T - 241 * 15)).toEqual([]);
    expect(await replayed(T - 240 * 15)).toEqual(down(-40, -2));
  });
});

test('a window is streamed once, 15 s after it closed, and a late report never', async () => {
  goldmane.addFlow(flowReport(T + 1, { dest_name: 'in-time-*' }));
  const stream = client.stream(0);
  await eventually(() => goldmane.openStreams === 1, 'the stream is open');
  clock.advance(15);
  expect(goldmane.addFlow(flowReport(T + 14, { dest_name: 'flushed-late-*' }))).toBe(true);
  clock.advance(8);
  await client.list({});
  expect(stream.results).toEqual([]);
  clock.advance(7);
  await eventually(() => stream.raw.length === 2, 'the window is streamed');
  expect(goldmane.addFlow(flowReport(T + 2, { dest_name: 'too-late-*' }))).toBe(true);
  clock.advance(30);
  goldmane.addFlow(flowReport(T + 62, {}));
  clock.advance(30);
  await eventually(() => stream.raw.length === 3, 'a later window is streamed');
  expect(stream.results.map(({ flow }) => flow.start_time)).toEqual([T, T, T + 60]);
  const { flows } = await client.list({ start_time_gte: T, start_time_lt: T + 15 });
  expect(flows.map(({ flow }) => flow.Key.dest_name).sort()).toEqual([
    'flushed-late-*',
    'in-time-*',
    'too-late-*',
  ]);
  expect(goldmane.ledger.edges(T, T + 15)).toMatchObject([{ src_ns: 'a', dst_ns: 'b', flow_count: 3 }]);
});

test('reports of one key are summed, keep their common labels and their id; an hour later it is a new one', async () => {
  const add = (time: number, labels: string[]): boolean =>
    goldmane.addFlow(flowReport(time, {}, { source_labels: labels }));
  add(T - 30, ['b=2', 'a=1']);
  add(T - 20, ['a=1', 'c=3']);
  add(T - 15, ['a=1']);
  const [first] = (await client.list({ start_time_gte: T - 30, start_time_lt: T })).flows;
  expect(first).toMatchObject({
    id: 1,
    flow: {
      start_time: T - 30,
      end_time: T,
      source_labels: ['a=1'],
      bytes_out: 1500,
      num_connections_started: 3,
    },
  });
  clock.advance(3600 + 45);
  expect((await client.list({ start_time_lt: T + 3600 })).flows).toEqual([]);
  goldmane.addFlow(flowReport(T + 3600, {}));
  expect((await client.list({ start_time_lt: T + 3630 })).flows).toMatchObject([{ id: 2 }]);
});

test('the ring takes an hour back and one window ahead', () => {
  expect(goldmane.addFlow(flowReport(T - 3600, {}))).toBe(true);
  expect(goldmane.addFlow(flowReport(T - 3601, {}))).toBe(false);
  expect(goldmane.addFlow(flowReport(T + 29, {}))).toBe(true);
  expect(goldmane.addFlow(flowReport(T + 30, {}))).toBe(false);
});

test('lists count whole windows, in pages and orders, and refuse what Goldmane refuses', async () => {
  for (const name of ['c', 'a', 'b']) goldmane.addFlow(flowReport(T - 15, { source_namespace: name }));
  goldmane.addFlow(flowReport(T + 1, { source_namespace: 'current' }));
  const sorted = await client.list({ sort_by: [{ sort_by: 5 }], page: 1, page_size: 2, start_time_lt: T });
  expect(sorted.meta).toEqual({ totalPages: 2, totalResults: 3 });
  expect(sorted.flows.map(({ flow }) => flow.Key.source_namespace)).toEqual(['c']);
  // A range that ends inside a window names its flows but sums up nothing of it.
  const current = (await client.list({})).flows.find(({ flow }) => flow.Key.source_namespace === 'current');
  expect(current?.flow).toMatchObject({ start_time: 0, end_time: 0, num_connections_started: 0 });
  const filtered = await client.list({ filter: { source_namespaces: [{ value: 'b', type: 0 }] } });
  expect(filtered.flows).toHaveLength(1);
  expect((await client.hints({ type: 4 })).hints.map(({ value }) => value)).toEqual([
    'a',
    'b',
    'c',
    'current',
  ]);
  await expect(client.list({ start_time_gte: T, start_time_lt: T })).rejects.toMatchObject({ code: 2 });
  await expect(client.list({ sort_by: [{ sort_by: 3 }] })).rejects.toMatchObject({ code: 2 });
});

test('a restart forgets, starts ids afresh and gets the last five minutes again; the ledger counts them once', async () => {
  goldmane.addFlow(flowReport(T - 600, { dest_name: 'forgotten-*' }));
  goldmane.addFlow(flowReport(T - 30, { dest_name: 'sent-again-*' }));
  const before = goldmane.ledger.edges();
  const { address } = goldmane;
  await goldmane.stop();
  goldmane.addFlow(flowReport(T - 1, { dest_name: 'kept-by-the-node-*' }));
  await goldmane.start();
  expect(goldmane.address).toBe(address);
  const { flows } = await client.list({ start_time_lt: T });
  expect(flows.map(({ id, flow }) => [id, flow.Key.dest_name]).sort()).toEqual([
    [1, 'sent-again-*'],
    [2, 'kept-by-the-node-*'],
  ]);
  expect(before[0]?.flow_count).toBe(2);
  expect(goldmane.ledger.edges()[0]?.flow_count).toBe(3);
});

test('a real server runs a window ahead in its first seconds, and so does a restarted one', async () => {
  await goldmane.restart();
  const streamed: [number, number][] = [];
  const stream = client.stream(0);
  await eventually(() => goldmane.openStreams === 1, 'the stream is open');
  for (let window = 0; window < 4; window++) {
    goldmane.addFlow(flowReport(T + window * 15, {}));
    clock.advance(15);
    // The list's answer comes after whatever was streamed.
    await client.list({});
    const starts = stream.results.map(({ flow }) => (flow.start_time - T) / 15);
    streamed.push([window + 1, starts.length]);
  }
  // The first window goes out as it closes, the second 15 s later, as all others.
  expect(streamed).toEqual([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 3],
  ]);
});

describe('faults on demand', () => {
  test('a window comes twice when a rollover falls into the registration of a stream', async () => {
    feedHistory(5);
    goldmane.duplicateOnNextReplay();
    expect(await replayed(T - 60)).toEqual([-2, -4, -3, -2]);
    expect(await replayed(T - 60)).toEqual([-4, -3, -2]);
  });

  test('calls end with the status that a test asks for', async () => {
    const stream = client.stream(0);
    await eventually(() => goldmane.openStreams === 1, 'the stream is open');
    goldmane.endStreams(14, 'going away: 100 % ü');
    await eventually(() => stream.error !== undefined, 'the stream ends');
    expect(stream.error).toMatchObject({ code: 14, details: 'going away: 100 % ü' });
    goldmane.refuse(8);
    await expect(client.list({})).rejects.toMatchObject({ code: 8 });
    goldmane.refuse(undefined);
    await client.list({});
  });

  test('a dropped connection breaks the stream, and the next call connects again', async () => {
    const stream = client.stream(0);
    await eventually(() => goldmane.openStreams === 1, 'the stream is open');
    goldmane.dropConnections();
    await eventually(() => stream.error !== undefined, 'the stream breaks');
    expect(stream.error?.code).toBe(14);
    await eventually(
      () =>
        client.list({}).then(
          () => true,
          () => false,
        ),
      'a new connection',
    );
  });

  test('a hanging server sends nothing and then everything', async () => {
    goldmane.hang(true);
    goldmane.addFlow(flowReport(T - 40, {}));
    const stream = client.stream(T - 60);
    await eventually(() => goldmane.openStreams === 1, 'the stream is open');
    expect(stream.raw).toEqual([]);
    goldmane.hang(false);
    await eventually(() => stream.raw.length === 1, 'the replay');
  });

  test('no broken frame reaches a stock gRPC client as a message', async () => {
    for (const [name, bytes] of [
      ['compressed', brokenFrames.compressed(Buffer.from('x'))],
      ['truncated', brokenFrames.truncated(Buffer.from('half of this'))],
    ] as const) {
      const stream = client.stream(0);
      await eventually(() => goldmane.openStreams === 1, 'the stream is open');
      goldmane.sendRaw(bytes);
      goldmane.endStreams(0);
      await eventually(() => stream.error !== undefined || goldmane.openStreams === 0, `${name} has an end`);
      expect(stream.raw).toEqual([]);
    }
  });

  test('a slow client loses results without a word', async () => {
    const stream = client.stream(0);
    await eventually(() => goldmane.openStreams === 1, 'the stream is open');
    goldmane.hang(true);
    for (let i = 0; i < 5200; i++) goldmane.addFlow(flowReport(T, { dest_port: i }));
    clock.advance(30);
    await eventually(() => goldmane.droppedResults === 200, 'the overflow is dropped');
    goldmane.hang(false);
    await eventually(() => stream.raw.length === 5000, 'the rest arrives');
    expect(stream.error).toBeUndefined();
  });
});

describe('mutual TLS', () => {
  test('a client of another CA is not served', async () => {
    const other = await createGoldmanePki();
    const stranger = new GrpcFlowsClient(goldmane.address, { ca: pki.ca, client: other.client });
    await expect(stranger.list({})).rejects.toMatchObject({ code: 14 });
    stranger.close();
  });

  test('an expired server certificate and another CA show from the next connection on', async () => {
    const refused = async (): Promise<void> => {
      const fresh = new GrpcFlowsClient(goldmane.address, pki);
      await expect(fresh.list({})).rejects.toMatchObject({ code: 14 });
      fresh.close();
    };
    goldmane.useTls({ server: await issueServerPair(pki.authority, new Date(Date.now() - 1000)) });
    await refused();
    goldmane.useTls({ server: await issueServerPair(await Authority.create({ name: 'other' })) });
    await refused();
    goldmane.useTls({ server: await issueServerPair(pki.authority) });
    await client.list({});
  });
});

test('given bytes are served exactly as they are', async () => {
  const captured = capturedResults();
  goldmane.serveCanned({ stream: captured.map((bytes) => frame(bytes)), list: frame(capturedList()) });
  const stream = client.stream(1);
  await eventually(() => stream.raw.length === captured.length, 'every message');
  expect(Buffer.concat(stream.raw).equals(Buffer.concat(captured))).toBe(true);
  expect((await client.unary('List', Buffer.alloc(0))).equals(capturedList())).toBe(true);
});
