import { once } from 'node:events';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Pair } from '../certificates/authority';
import { unframe } from './frames';

/** gRPC status codes that the simulator gives by itself. */
export const Status = { ok: 0, unknown: 2, unimplemented: 12, unavailable: 14 } as const;

/** A call whose request has arrived. */
export interface Call {
  readonly path: string;
  readonly request: Buffer;
  readonly stream: ServerHttp2Stream;
}

export interface ServerTls {
  readonly server: Pair;
  /** Certificates that a client's must be signed by, PEM. */
  readonly ca: string;
}

/**
 * The server side of gRPC, on HTTP/2 over mutual TLS, bound to 127.0.0.1: just enough for unary and
 * server-streaming calls. Written on node:http2 because a fault test must be able to send any bytes.
 */
export class GrpcServer {
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly sockets = new Set<Socket>();
  private constructor(
    private readonly http2: Http2SecureServer,
    /** TCP port on 127.0.0.1. */
    readonly port: number,
  ) {}

  /** @param port 0 = any free one */
  static async listen(tls: ServerTls, port: number, serve: (call: Call) => void): Promise<GrpcServer> {
    const http2 = createSecureServer({
      ...secureContext(tls),
      requestCert: true,
      rejectUnauthorized: true,
      // As grpc-go announces.
      settings: { maxConcurrentStreams: 250 },
    });
    http2.listen(port, '127.0.0.1');
    await once(http2, 'listening');
    const server = new GrpcServer(http2, (http2.address() as AddressInfo).port);
    http2.on('connection', (socket: Socket) => {
      server.sockets.add(socket);
      socket.once('close', () => server.sockets.delete(socket));
    });
    http2.on('session', (session) => {
      server.sessions.add(session);
      session.once('close', () => server.sessions.delete(session));
      session.on('error', () => undefined);
    });
    // Clients that fail the handshake are what some tests are about.
    http2.on('sessionError', () => undefined);
    http2.on('tlsClientError', () => undefined);
    http2.on('stream', (stream, headers) => {
      receive(stream, headers, serve);
    });
    return server;
  }

  /** Number of connections. */
  get connections(): number {
    return this.sessions.size;
  }

  /** The server pair and CA that handshakes use from now on. */
  useTls(tls: ServerTls): void {
    this.http2.setSecureContext(secureContext(tls));
  }

  /** Cuts every connection without a goodbye. */
  dropConnections(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Asks every client to go (GOAWAY), as a server does that shuts down in order. */
  goAway(): void {
    for (const session of this.sessions) session.goaway(constants.NGHTTP2_NO_ERROR);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.http2.close(resolve));
    for (const session of this.sessions) session.destroy();
    // A session that still has bytes to write would keep its socket, and with it the server.
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

const secureContext = ({
  server,
  ca,
}: ServerTls): { cert: string; key: string; ca: string; minVersion: 'TLSv1.2' } => ({
  cert: server.certificate,
  key: server.key,
  ca,
  minVersion: 'TLSv1.2',
});

function receive(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, serve: (call: Call) => void): void {
  const chunks: Buffer[] = [];
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.once('end', () => {
    const request = unframe(Buffer.concat(chunks));
    const path = headers[constants.HTTP2_HEADER_PATH];
    if (request === undefined || typeof path !== 'string')
      finish(stream, Status.unknown, 'no request message');
    else serve({ path, request, stream });
  });
}

/** Sends the response's headers; a `finish` must follow sooner or later. */
export function respond(stream: ServerHttp2Stream): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
}

/** Ends a call with a gRPC status. */
export function finish(stream: ServerHttp2Stream, status: number, message = ''): void {
  if (stream.destroyed || stream.closed || stream.writableEnded) return;
  const trailers = {
    'grpc-status': String(status),
    ...(message === '' ? {} : { 'grpc-message': percentEncoded(message) }),
  };
  if (!stream.headersSent) {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailers }, { endStream: true });
    return;
  }
  stream.once('wantTrailers', () => {
    stream.sendTrailers(trailers);
  });
  stream.end();
}

/** As gRPC wants status messages: everything but printable ASCII, and the percent sign, as %XX of its UTF-8. */
const percentEncoded = (message: string): string =>
  message.replace(/[^ -$&-~]+/g, (text) =>
    Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&'),
  );
