import { createGoldmanePki } from '../../demo/certificates/goldmane-pki';
import { Clock } from '../../demo/goldmane/clock';
import { Action, EndpointType, Reporter, type FlowReport } from '../../demo/goldmane/flow';
import { Ledger } from '../../demo/goldmane/ledger';
import { messages } from '../../demo/goldmane/messages';
import { SimulatedGoldmane } from '../../demo/goldmane/simulated-goldmane';
import { HomelabFeeder } from '../../demo/homelab/feeder';
import { Homelab } from '../../demo/homelab/homelab';
import { eventually } from '../support/eventually';
import { GrpcFlowsClient } from '../support/grpc-client';

const T = 1_795_000_200;

function hourOf(seed: number): FlowReport[] {
  const homelab = new Homelab(seed, T);
  return Array.from({ length: 240 }, (_, i) => homelab.deliveries(T - (240 - i) * 15))
    .flat()
    .map(({ report }) => report);
}

test('a run can be repeated: the same seed is the same homelab', () => {
  const [once, again, other] = [7, 7, 8].map((seed) => JSON.stringify(hourOf(seed)));
  expect(once === again).toBe(true);
  expect(once === other).toBe(false);
});

test('the demo shows every kind of record that a cluster has', () => {
  const reports = hourOf(1);
  const kinds = (test: (report: FlowReport) => boolean): number => reports.filter(test).length;
  const namespaces = new Set(reports.flatMap(({ key }) => [key.source_namespace, key.dest_namespace]));
  expect(namespaces.size).toBeGreaterThan(24);
  expect(kinds(({ key }) => key.source_namespace === key.dest_namespace)).toBeGreaterThan(0);
  expect(kinds(({ key }) => key.source_type === EndpointType.host)).toBeGreaterThan(0);
  expect(kinds(({ key }) => key.dest_type === EndpointType.networkSet)).toBeGreaterThan(0);
  for (const name of ['pub', 'pvt']) {
    expect(kinds(({ key }) => key.source_name === name && key.reporter === Reporter.dst)).toBeGreaterThan(0);
    expect(kinds(({ key }) => key.dest_name === name && key.reporter === Reporter.src)).toBeGreaterThan(0);
  }
  expect(kinds(({ key }) => key.proto === 'udp' && key.dest_port === 53)).toBeGreaterThan(0);
  expect(kinds(({ key }) => key.action === Action.deny && key.reporter === Reporter.src)).toBeGreaterThan(0);
  expect(kinds(({ key }) => key.action === Action.deny && key.reporter === Reporter.dst)).toBeGreaterThan(0);
  const services = reports.flatMap(({ dest_labels: labels }) =>
    labels.filter((label) => label.startsWith('service-identity=')),
  );
  expect(new Set(services).size).toBeGreaterThan(5);
});

test('new edges turn up in the last hour and go on turning up', () => {
  const homelab = new Homelab(1, T);
  const ledger = new Ledger();
  for (let i = -240; i < 40; i++) {
    for (const { report } of homelab.deliveries(T + i * 15)) ledger.add(report);
  }
  const since = (time: number): number => ledger.edges().filter((edge) => edge.first_seen >= time).length;
  expect(since(T)).toBe(10);
  expect(since(T - 3600 + 600)).toBe(16);
});

describe('a stream of the homelab', () => {
  test('misses the late reports; a list of the same windows has them all, as the ledger does', async () => {
    const pki = await createGoldmanePki();
    const clock = new Clock(T + 3, 0);
    const goldmane = new SimulatedGoldmane({ tls: pki, clock });
    await goldmane.start();
    new HomelabFeeder(goldmane, new Homelab(1, T)).begin(clock.now());
    const client = new GrpcFlowsClient(goldmane.address, pki);
    try {
      const stream = client.stream(T - 30);
      await eventually(() => goldmane.openStreams === 1, 'the stream is open');
      for (let i = 0; i < 24; i++) clock.advance(15);
      const isLast = (raw: Buffer): boolean =>
        messages.flowResult.decode(raw).flow.start_time === T + 22 * 15;
      await eventually(() => stream.raw.slice(-1).some(isLast), 'the last window is streamed');
      const streamed = new Ledger();
      for (const { flow } of stream.results) streamed.add({ ...flow, key: flow.Key, time: flow.start_time });
      const listed = new Ledger();
      for (let start = T; start < T + 12 * 15; start += 15) {
        const { flows } = await client.list({ start_time_gte: start, start_time_lt: start + 15 });
        for (const { flow } of flows) listed.add({ ...flow, key: flow.Key, time: flow.start_time });
      }
      const range = [T, T + 12 * 15] as const;
      expect(listed.edges(...range)).toEqual(goldmane.ledger.edges(...range));
      expect(streamed.edges(...range)).not.toEqual(goldmane.ledger.edges(...range));
    } finally {
      client.close();
      await goldmane.stop();
    }
  });
});
