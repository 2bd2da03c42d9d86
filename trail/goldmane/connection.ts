import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { isIP } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { errorOfTrailers, GrpcError } from './grpc-error';
import { FrameReader, type MessageSink } from './frame-reader';
import { ListReader } from './list-reader';
import {
  LIST_PATH,
  listRequest,
  recentFlowRequest,
  STREAM_PATH,
  streamRequest,
  type ReplayStart,
} from './requests';
import type { TlsMaterial } from './tls-files';
import { connectionError } from './connection-error';

/** Where Goldmane listens and what its certificate must say. */
export interface Endpoint {
  /** `host:port` */
  readonly address: string;
  /** Name in the server's certificate. */
  readonly serverName: string;
  /** Skip verification of the server's certificate. For a laboratory only. */
  readonly insecure: boolean;
}

/** Flow control must never make Goldmane wait: it drops what a slow client doesn't take. */
const RECEIVE_WINDOW_BYTES = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;
/** Goldmane (grpc-go) refuses HTTP/2 pings more often than every 5 minutes; TCP's own probes are free. */
const TCP_KEEPALIVE_MS = 15_000;
const CLOCK_EVERY_MS = 250;

/** One HTTP/2 connection over mutual TLS. Calls fail with a TrailError, a GrpcError or a WireError. */
export class GoldmaneConnection {
  #lastDataAt = performance.now();
  /** Bytes came since #lastDataAt was last brought up to date: a clock read for each chunk is too dear. */
  #hasNewData = false;
  readonly #clock = setInterval(() => this.lastDataAt, CLOCK_EVERY_MS).unref();

  private constructor(
    private readonly session: ClientHttp2Session,
    private readonly endpoint: Endpoint,
  ) {}

  /** Connects; throws a TrailError that says why not and what to do. */
  static open(endpoint: Endpoint, tls: TlsMaterial, signal?: AbortSignal): Promise<GoldmaneConnection> {
    return new Promise((resolve, reject) => {
      const session = connect(`https://${endpoint.address}`, {
        settings: { initialWindowSize: RECEIVE_WINDOW_BYTES, enablePush: false },
        createConnection: () => openSocket(endpoint, tls),
      });
      const fail = (error: unknown): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        session.destroy();
        reject(connectionError(error, endpoint));
      };
      const onAbort = (): void => {
        fail(new Error('stopped'));
      };
      const timer = setTimeout(() => {
        fail(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
      }, CONNECT_TIMEOUT_MS);
      if (signal?.aborted === true) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      session.once('error', fail);
      session.once('close', () => {
        fail(new Error('the server closed the connection before it answered'));
      });
      // TLS 1.3 servers judge the client's certificate after the handshake: wait for their settings too.
      session.once('remoteSettings', () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        session.removeAllListeners('error').removeAllListeners('close');
        session.on('error', () => undefined);
        // Calls that are open would go on, and no other could be made.
        session.on('goaway', () => {
          session.destroy();
        });
        session.setLocalWindowSize(RECEIVE_WINDOW_BYTES);
        resolve(new GoldmaneConnection(session, endpoint));
      });
    });
  }

  /** When bytes of the stream last arrived, on the clock of performance.now(), to a quarter of a second. */
  get lastDataAt(): number {
    if (this.#hasNewData) {
      this.#hasNewData = false;
      this.#lastDataAt = performance.now();
    }
    return this.#lastDataAt;
  }

  /** Reads flows until the server ends the call or `signal` aborts; resolves in both cases where nothing was wrong. */
  async stream(start: ReplayStart, sink: MessageSink, signal: AbortSignal): Promise<void> {
    const reader = new FrameReader(sink);
    await this.#call(STREAM_PATH, streamRequest(start), signal, (chunk) => {
      this.#hasNewData = true;
      reader.push(chunk);
    });
    if (!signal.aborted && !reader.idle) throw new GrpcError(14, 'the stream ended in the middle of a flow');
  }

  /** Reads all flows of the windows in [startTimeGte, startTimeLt), both in Unix seconds and aligned. */
  list(startTimeGte: number, startTimeLt: number, sink: MessageSink, signal: AbortSignal): Promise<void> {
    return this.#list(listRequest(startTimeGte, startTimeLt), sink, signal);
  }

  /** Reads one flow of these windows, if there is any. */
  firstFlow(
    startTimeGte: number,
    startTimeLt: number,
    sink: MessageSink,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#list(listRequest(startTimeGte, startTimeLt, 1), sink, signal);
  }

  /** Reads one flow of the last minute, if there was any. */
  recentFlow(sink: MessageSink, signal: AbortSignal): Promise<void> {
    return this.#list(recentFlowRequest(), sink, signal);
  }

  close(): void {
    clearInterval(this.#clock);
    this.session.destroy();
  }

  async #list(request: Uint8Array, sink: MessageSink, signal: AbortSignal): Promise<void> {
    const reader = new ListReader(sink);
    await this.#call(LIST_PATH, request, signal, (chunk) => {
      reader.push(chunk);
    });
    if (signal.aborted) return;
    if (!reader.complete) throw new GrpcError(14, 'the list ended before its last flow');
  }

  #call(
    path: string,
    request: Uint8Array,
    signal: AbortSignal,
    onChunk: (chunk: Uint8Array) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const call: ClientHttp2Stream = this.session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'user-agent': 'goldmane-trail',
      });
      let outcome: Error | undefined;
      let trailers: Record<string, string | string[] | undefined> | undefined;
      const onAbort = (): void => {
        call.close(constants.NGHTTP2_CANCEL);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      call.on('response', (headers, flags) => {
        if (headers[':status'] !== 200) {
          outcome = new GrpcError(
            14,
            `HTTP status ${String(headers[':status'])} from ${this.endpoint.address}`,
          );
          call.close(constants.NGHTTP2_CANCEL);
        } else if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) trailers = headers;
      });
      call.on('trailers', (headers: NonNullable<typeof trailers>) => {
        trailers = headers;
      });
      takeChunks(call, (chunk) => {
        if (outcome !== undefined) return;
        try {
          onChunk(chunk);
        } catch (error) {
          outcome = error as Error;
          call.close(constants.NGHTTP2_CANCEL);
        }
      });
      call.on('error', (error) => {
        outcome ??= connectionError(error, this.endpoint);
      });
      call.on('close', () => {
        signal.removeEventListener('abort', onAbort);
        if (signal.aborted) resolve();
        else if (outcome !== undefined) reject(outcome);
        else {
          const error =
            trailers === undefined
              ? new GrpcError(14, 'the connection ended in the middle of a call')
              : errorOfTrailers(trailers);
          if (error === undefined) resolve();
          else reject(error);
        }
      });
      call.end(request);
    });
  }
}

/**
 * Hands on each chunk in the moment in which HTTP/2 has it. Goldmane sends one flow a chunk, and on the way
 * through a Readable's buffer and its events each costs half as much again.
 */
function takeChunks(call: ClientHttp2Stream, take: (chunk: Uint8Array) => void): void {
  const push = call.push.bind(call);
  call.push = (chunk: Uint8Array | null) => {
    if (chunk === null) return push(null);
    take(chunk);
    return true;
  };
  // Whatever comes another way; and nothing comes before somebody listens.
  call.on('data', take);
}

function openSocket(endpoint: Endpoint, tls: TlsMaterial): TLSSocket {
  const { hostname, port } = new URL(`https://${endpoint.address}`);
  const socket = connectTls({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 443),
    ca: tls.ca,
    cert: tls.cert,
    key: tls.key,
    // An address can't be a server name on the wire, but is verified all the same.
    servername: isIP(endpoint.serverName) === 0 ? endpoint.serverName : '',
    checkServerIdentity: (_host, certificate) => checkServerIdentity(endpoint.serverName, certificate),
    rejectUnauthorized: !endpoint.insecure,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['h2'],
  });
  socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
  return socket;
}
