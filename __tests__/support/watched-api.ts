import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An object as the API carries it. */
export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** How matching requests are answered instead. */
export type Answer =
  { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | 'hang' | 'reset';

interface Watcher {
  readonly collection: string;
  readonly selector: string | null;
  readonly response: ServerResponse;
}

/**
 * A real HTTP server that plays the Kubernetes API with lists and watches: bookmarks, expiry, refusals,
 * silence, and going away and coming back on the same port.
 */
export class WatchedApi {
  /** Every request as `METHOD path?query`. */
  readonly requests: string[] = [];
  readonly logs = new Map<string, string>();
  /** Called when an object is created or deleted by a client. */
  onWrite: (method: string, path: string, object: ApiObject | undefined) => void = () => undefined;
  readonly #collections = new Map<string, Map<string, ApiObject>>();
  readonly #sockets = new Set<Socket>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'trail-api-'));
  /** What happened, for watches that begin in the past. */
  readonly #history: {
    readonly revision: number;
    readonly collection: string;
    readonly type: string;
    readonly object: ApiObject;
  }[] = [];
  #watchers: Watcher[] = [];
  #faults: { readonly pattern: RegExp; readonly answer: Answer; left: number }[] = [];
  #server: Server | undefined;
  #port = 0;
  #revision = 100;
  #oldest = 0;

  static async start(): Promise<WatchedApi> {
    const api = new WatchedApi();
    await api.up();
    return api;
  }

  /** Path of a kubeconfig file for this server. */
  get kubeconfig(): string {
    const path = join(this.#folder, 'config.json');
    writeFileSync(
      path,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          {
            name: 'c',
            cluster: { server: `http://127.0.0.1:${this.#port}`, 'insecure-skip-tls-verify': true },
          },
        ],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
    return path;
  }

  get watching(): number {
    return this.#watchers.length;
  }

  /** Objects of a collection, e.g. `/api/v1/nodes`. */
  list(collection: string): readonly ApiObject[] {
    return [...(this.#collections.get(collection) ?? new Map<string, ApiObject>()).values()];
  }

  /** Makes sure that a collection exists, with these objects in it. */
  put(collection: string, ...objects: readonly ApiObject[]): void {
    const items = this.#collections.get(collection) ?? new Map<string, ApiObject>();
    this.#collections.set(collection, items);
    for (const object of objects) {
      const type = items.has(object.metadata.name) ? 'MODIFIED' : 'ADDED';
      items.set(object.metadata.name, this.#stamped(object));
      this.#tell(collection, type, items.get(object.metadata.name)!);
    }
  }

  remove(collection: string, name: string): void {
    const object = this.#collections.get(collection)?.get(name);
    this.#collections.get(collection)?.delete(name);
    if (object !== undefined) this.#tell(collection, 'DELETED', this.#stamped(object));
  }

  bookmark(): void {
    for (const { response } of this.#watchers) {
      response.write(
        `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(this.#revision) } } })}\n`,
      );
    }
  }

  /** Ends all watches as expired; watches from before now are answered with 410. */
  expire(): void {
    this.#oldest = ++this.#revision;
    const object = { kind: 'Status', code: 410, message: 'too old resource version' };
    for (const { response } of this.#watchers) response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
    this.#watchers = [];
  }

  /** Ends all watches as a server does whose time limit is reached. */
  endWatches(): void {
    for (const { response } of this.#watchers) response.end();
    this.#watchers = [];
  }

  /** The next `times` requests whose `METHOD path?query` matches are answered like this. */
  fail(pattern: RegExp, answer: Answer, times = Infinity): void {
    this.#faults.push({ pattern, answer, left: times });
  }

  heal(): void {
    this.#faults = [];
  }

  /** Goes away: connections break, new ones are refused. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#watchers = [];
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }

  /** Comes back where it was. */
  async up(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    await this.down();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const method = request.method ?? 'GET';
    const line = `${method} ${url.pathname}${url.search}`;
    this.requests.push(line);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const fault = this.#faults.find(({ pattern, left }) => left > 0 && pattern.test(line));
    if (fault !== undefined) {
      fault.left -= 1;
      if (fault.answer === 'reset') request.socket.destroy();
      else if (fault.answer !== 'hang')
        send(
          response,
          fault.answer.status,
          { kind: 'Status', message: `fault ${fault.answer.status}` },
          fault.answer.headers,
        );
      return;
    }
    if (url.pathname === '/version') send(response, 200, { gitVersion: 'v1.34.2' });
    else if (url.searchParams.get('watch') === 'true') this.#watch(url, response);
    else if (method === 'GET') this.#get(url, response);
    else this.#write(method, url.pathname, body, response);
  }

  #watch(url: URL, response: ServerResponse): void {
    if (Number(url.searchParams.get('resourceVersion')) < this.#oldest) {
      send(response, 410, { kind: 'Status', code: 410, message: 'too old resource version' });
      return;
    }
    const watcher = { collection: url.pathname, selector: url.searchParams.get('labelSelector'), response };
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    this.#watchers.push(watcher);
    const since = Number(url.searchParams.get('resourceVersion'));
    for (const { revision, collection, type, object } of this.#history) {
      if (revision <= since || collection !== watcher.collection || !matches(object, watcher.selector))
        continue;
      response.write(`${JSON.stringify({ type, object })}\n`);
    }
    response.on('close', () => (this.#watchers = this.#watchers.filter((each) => each !== watcher)));
  }

  #get(url: URL, response: ServerResponse): void {
    const items = this.#collections.get(url.pathname);
    if (items !== undefined) {
      const selector = url.searchParams.get('labelSelector');
      const found = [...items.values()].filter((object) => matches(object, selector));
      // Whoever asks page by page gets two, so that a client which forgets the second one is found out.
      const paged = url.searchParams.has('limit') && found.length > 1;
      const from = paged && url.searchParams.has('continue') ? 1 : 0;
      const next = paged && from === 0 ? 1 : undefined;
      const page = {
        metadata: { resourceVersion: String(this.#revision), continue: next === undefined ? '' : 'more' },
        items: found.slice(from, next),
      };
      send(response, 200, page);
      return;
    }
    const [, collection = '', name = '', sub] = /^(.*?)\/([^/]+?)(\/log)?$/.exec(url.pathname) ?? [];
    const object = this.#collections.get(collection)?.get(name);
    if (object === undefined) send(response, 404, { kind: 'Status', message: `${name} not found` });
    else if (sub === '/log')
      response.writeHead(200, { 'content-type': 'text/plain' }).end(this.logs.get(name) ?? '');
    else send(response, 200, object);
  }

  #write(method: string, path: string, body: string, response: ServerResponse): void {
    if (method === 'POST') {
      const object = JSON.parse(body) as ApiObject;
      this.put(path, object);
      this.onWrite(method, path, object);
      send(response, 201, this.#collections.get(path)?.get(object.metadata.name));
      return;
    }
    const [, collection = '', name = ''] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
    const object = this.#collections.get(collection)?.get(name);
    if (object === undefined) {
      send(response, 404, { kind: 'Status', message: `${name} not found` });
      return;
    }
    this.remove(collection, name);
    this.onWrite(method, path, undefined);
    send(response, 200, object);
  }

  #stamped(object: ApiObject): ApiObject {
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } };
  }

  #tell(collection: string, type: string, object: ApiObject): void {
    this.#history.push({ revision: this.#revision, collection, type, object });
    for (const watcher of this.#watchers) {
      if (watcher.collection !== collection || !matches(object, watcher.selector)) continue;
      watcher.response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }
}

function matches(object: ApiObject, selector: string | null): boolean {
  if (selector === null) return true;
  const [key = '', value] = selector.split('=');
  return object.metadata.labels?.[key] === value;
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
