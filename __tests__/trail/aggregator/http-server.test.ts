import { connect } from 'node:net';
import { startHttpServer } from '../../../trail/aggregator/http-server';
import { createMetrics } from '../../../trail/aggregator/metrics';

/** The answer to a request line as it is. */
function ask(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    connect(port, '127.0.0.1')
      .on('data', (bytes) => (answer += bytes.toString()))
      .on('close', () => {
        resolve(answer);
      })
      .on('error', reject)
      .write(`${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  });
}

test('a request that is no URL, or metrics that fail, end the process that keeps the record', async () => {
  const metrics = createMetrics();
  const server = await startHttpServer(0, metrics, () => ({ ready: true, detail: 'writing' }));
  try {
    for (const path of ['//', '///', 'http://', 'http://[', '/%', '/healthz%00', '*'])
      expect(await ask(server.port, `GET ${path}`)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(await ask(server.port, 'GET /healthz?probe=1')).toMatch(/^HTTP\/1\.1 200 /);
    metrics.registry.metrics = () => Promise.reject(new Error('broken'));
    expect(await ask(server.port, 'GET /metrics')).toMatch(/^HTTP\/1\.1 500 /);
    expect(await ask(server.port, 'GET /readyz')).toContain('writing');
  } finally {
    server.close();
  }
});
