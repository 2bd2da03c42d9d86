import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPostgres, type Postgres } from '../../../demo/postgres/start';

export const brokerVariable = 'TRAIL_TEST_POSTGRES_BROKER';

export interface TestRun {
  trailPostgres?: { stop(): Promise<void> };
}

/**
 * One PostgreSQL server per test run, started when the first test asks for it: test processes find it over
 * a loopback HTTP server at an address that cannot be guessed.
 */
export default function globalSetup(): Promise<void> {
  const path = `/${randomBytes(16).toString('hex')}`;
  let server: Promise<Postgres> | undefined;
  const broker = createServer((request, response) => {
    if (request.url !== path) {
      response.writeHead(404).end();
      return;
    }
    server ??= startPostgres({ settings: ['max_connections=300'] });
    server.then(
      ({ url, adminUrl }) => response.end(JSON.stringify({ url, adminUrl })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  (globalThis as TestRun).trailPostgres = {
    async stop() {
      broker.close();
      await (await server)?.stop();
    },
  };
  return new Promise((resolve, reject) => {
    broker.once('error', reject);
    broker.listen(0, '127.0.0.1', () => {
      process.env[brokerVariable] = `http://127.0.0.1:${(broker.address() as AddressInfo).port}${path}`;
      broker.unref();
      resolve();
    });
  });
}
