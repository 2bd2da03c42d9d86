import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { statusError, transportError } from './errors';

/** One GET of the API whose answer is read as it comes. */
export interface RawRequest {
  /** E.g. `/api/v1/nodes`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Seconds without a byte after which the request counts as dead. */
  readonly idleSeconds: number;
  readonly signal: AbortSignal;
}

/** Answers with status 200 only; everything else is a TrailError (`retryAfterSeconds` says when to come back). */
export type RawGet = (request: RawRequest) => Promise<IncomingMessage>;

/** Requests for lists and watches, with the kubeconfig's own credentials, exec plugins and proxies. */
export function rawGet(config: KubeConfig, server: string): RawGet {
  return async ({ path, query = {}, idleSeconds, signal }) => {
    const url = new URL(`${server.replace(/\/$/, '')}${path}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const options: RequestOptions = { method: 'GET', headers: { accept: 'application/json' } };
    await config.applyToHTTPSOptions(options);
    const what = `GET ${path}`;
    const send = url.protocol === 'http:' ? requestHttp : requestHttps;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(url, { ...options, signal, timeout: idleSeconds * 1000 }, resolve);
      // The socket's own idle time: it counts while the answer is read, too.
      request.on('timeout', () =>
        request.destroy(Object.assign(new Error('idle'), { name: 'TimeoutError' })),
      );
      request.on('error', (cause) => {
        reject(signal.aborted ? (signal.reason as Error) : transportError(what, cause, idleSeconds));
      });
      request.end();
    });
    if (response.statusCode === 200) return response;
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) if (body.length < 10_000) body += String(chunk);
    const error = statusError(what, response.statusCode ?? 0, body);
    const retryAfter = Number(response.headers['retry-after']);
    throw Object.assign(error, Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {});
  };
}
