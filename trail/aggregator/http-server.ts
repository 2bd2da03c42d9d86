import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endpoints, env } from '../../contract';
import { TrailError } from '../errors';
import type { Metrics } from './metrics';

/** What /readyz says: ready = writing with the stream up, or standing by. */
export interface Readiness {
  readonly ready: boolean;
  /** One line for a person. */
  readonly detail: string;
}

/** Serves health, readiness and metrics. Throws a TrailError where the port can't be had. */
export async function startHttpServer(
  port: number,
  metrics: Metrics,
  readiness: () => Readiness,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((request, response) => {
    answer(request.url ?? '', response, metrics, readiness).catch(() => {
      // Whatever was asked for must not end the process that keeps the record.
      if (response.headersSent) response.destroy();
      else send(response, 500, 'text/plain', 'internal error\n');
    });
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  url: string,
  response: ServerResponse,
  metrics: Metrics,
  readiness: () => Readiness,
): Promise<void> {
  // Not new URL(): what is sent here need not be one.
  switch (url.split('?', 1)[0]) {
    case endpoints.health:
      send(response, 200, 'text/plain', 'ok\n');
      return;
    case endpoints.ready: {
      const { ready, detail } = readiness();
      send(response, ready ? 200 : 503, 'text/plain', `${detail}\n`);
      return;
    }
    case endpoints.metrics:
      send(response, 200, metrics.registry.contentType, await metrics.registry.metrics());
      return;
    default:
      send(response, 404, 'text/plain', `try ${Object.values(endpoints).join(', ')}\n`);
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? error.message;
      const problem = code === 'EADDRINUSE' ? `port ${port} is in use` : `port ${port}: ${code}`;
      reject(
        new TrailError('port', problem, `set ${env.httpPort} to a free port, or to 0 for any`, {
          cause: error,
        }),
      );
    });
    server.listen(port, () => {
      resolve();
    });
  });
}
