import { existsSync, readFileSync } from 'node:fs';
import type { ExpectedEdge } from '../../../demo/goldmane/ledger';
import { startSimulator } from '../../../demo/goldmane/process';
import { eventually, isAlive } from '../../support/eventually';
import { GrpcFlowsClient } from '../../support/grpc-client';

test('the process serves an hour of flows with the files it names, and leaves nothing behind', async () => {
  const simulator = await startSimulator({ seed: 3 });
  try {
    const client = new GrpcFlowsClient(simulator.address, {
      ca: readFileSync(simulator.caPath, 'utf8'),
      client: {
        certificate: readFileSync(simulator.certPath, 'utf8'),
        key: readFileSync(simulator.keyPath, 'utf8'),
      },
    });
    const { meta } = await client.list({});
    expect(meta.totalResults).toBeGreaterThan(150);
    const stream = client.stream(-3600);
    await eventually(() => stream.raw.length > 10_000, 'the replay of an hour');
    client.close();
    const answer = await fetch(simulator.ledgerUrl);
    const { windows, edges } = (await answer.json()) as { windows: number[]; edges: ExpectedEdge[] };
    expect(windows.length).toBeGreaterThanOrEqual(240);
    expect(edges.length).toBeGreaterThan(80);
  } finally {
    await simulator.stop();
  }
  expect(await simulator.ended).toBe('exited with 0');
  expect(isAlive(simulator.pid)).toBe(false);
  expect(existsSync(simulator.caPath)).toBe(false);
});
