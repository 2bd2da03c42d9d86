import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Kubernetes object as the API carries it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** A request that the server received. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path without query, e.g. `/api/v1/namespaces/a/pods`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** How a matching request is answered instead: an HTTP status, never, or by cutting the connection. */
export type Fault = number | 'hang' | 'reset';

/** A real HTTP server that speaks the Kubernetes API's shapes over objects in memory. */
export interface KubernetesApi {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** A kubeconfig file for it. */
  readonly kubeconfigPath: string;
  /** Everything that was received, in order. */
  readonly requests: readonly ReceivedRequest[];
  /** Logs by `namespace/pod/container`; a container without an entry has logged nothing. */
  readonly logs: Map<string, string>;
  /** Stores an object under the plural of its kind; returns its path. */
  put(plural: string, object: KubernetesObject): string;
  /** The object at a path, undefined where there is none. */
  get(path: string): KubernetesObject | undefined;
  /** Answers requests of this method whose path matches with a fault, until `heal`. */
  fail(method: string, path: RegExp, fault: Fault): void;
  /** Runs `action` once, when the next request of this method and path has come in and before it is answered. */
  before(method: string, path: RegExp, action: () => void): void;
  heal(): void;
  stop(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. Stop it in `afterEach`. */
export async function startKubernetesApi(): Promise<KubernetesApi> {
  const store = new Map<string, KubernetesObject>();
  const requests: ReceivedRequest[] = [];
  const logs = new Map<string, string>();
  let faults: { readonly method: string; readonly path: RegExp; readonly fault: Fault }[] = [];
  const hooks: { readonly method: string; readonly path: RegExp; readonly action: () => void }[] = [];
  let revision = 1;

  const save = (path: string, object: KubernetesObject): KubernetesObject => {
    const metadata = { uid: `uid-${path}`, ...object.metadata, resourceVersion: String(++revision) };
    const saved = { ...object, metadata };
    store.set(path, saved);
    return saved;
  };

  const answer = (request: ReceivedRequest, contentType: string): { status: number; body: unknown } => {
    const target = parsePath(request.path);
    if (target === undefined) return status(404, `the server could not find ${request.path}`);
    const { collection, name, subresource, resource } = target;
    if (name === undefined) {
      if (request.method === 'POST') {
        const object = request.body as KubernetesObject;
        const path = `${collection}/${object.metadata.name}`;
        if (store.has(path)) {
          return status(409, `${resource} "${object.metadata.name}" already exists`, 'AlreadyExists');
        }
        return { status: 201, body: save(path, object) };
      }
      const found = [...store]
        .filter(
          ([path]) => path.startsWith(`${collection}/`) && !path.slice(collection.length + 1).includes('/'),
        )
        .filter(([, object]) => matches(object, request.query.get('labelSelector')));
      if (request.method === 'DELETE') {
        for (const [path] of found) store.delete(path);
        return status(200, '');
      }
      const items = found.map(([, object]) => object);
      return {
        status: 200,
        body: { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: String(revision) }, items },
      };
    }
    const path = `${collection}/${name}`;
    const existing = store.get(path);
    const upsert = request.method === 'PATCH' && contentType.includes('apply-patch');
    if (existing === undefined && !upsert) return status(404, `${resource} "${name}" not found`, 'NotFound');
    if (subresource === 'log') {
      return { status: 200, body: logOf(logs, target, request.query) };
    }
    switch (request.method) {
      case 'GET':
        return { status: 200, body: existing };
      case 'DELETE':
        store.delete(path);
        return { status: 200, body: existing };
      case 'PUT':
      case 'PATCH': {
        const sent = request.body as Partial<KubernetesObject>;
        const version = sent.metadata?.['resourceVersion'];
        if (version !== undefined && version !== existing?.metadata['resourceVersion']) {
          return status(
            409,
            `Operation cannot be fulfilled on ${resource} "${name}": it has been modified`,
            'Conflict',
          );
        }
        const next = request.method === 'PUT' ? sent : merge(existing ?? {}, sent);
        return { status: 200, body: save(path, next as KubernetesObject) };
      }
      default:
        return status(405, `${request.method} is not supported`);
    }
  };

  const server = createServer((message, response) => {
    void readBody(message).then((text) => {
      const url = new URL(message.url ?? '/', 'http://127.0.0.1');
      const request: ReceivedRequest = {
        method: message.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        body: text === '' ? undefined : JSON.parse(text),
      };
      requests.push(request);
      const hook = hooks.findIndex(
        ({ method, path }) => method === request.method && path.test(request.path),
      );
      if (hook >= 0) hooks.splice(hook, 1)[0]?.action();
      const fault = faults.find(
        ({ method, path }) => method === request.method && path.test(request.path),
      )?.fault;
      if (fault === 'hang') return;
      if (fault === 'reset') {
        message.socket.destroy();
        return;
      }
      const result =
        fault === undefined
          ? answer(request, message.headers['content-type'] ?? '')
          : status(fault, faultMessages[fault] ?? `fault ${fault}`);
      send(response, result.status, result.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-api-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  writeFileSync(kubeconfigPath, kubeconfig(url));

  return {
    url,
    kubeconfigPath,
    requests,
    logs,
    put(plural, object) {
      const prefix = object.apiVersion.includes('/')
        ? `/apis/${object.apiVersion}`
        : `/api/${object.apiVersion}`;
      const { namespace, name } = object.metadata;
      const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
      const path = `${prefix}${scope}/${plural}/${name}`;
      save(path, object);
      return path;
    },
    get: (path) => store.get(path),
    fail: (method, path, fault) => void faults.push({ method, path, fault }),
    before: (method, path, action) => void hooks.push({ method, path, action }),
    heal: () => void (faults = []),
    async stop() {
      rmSync(folder, { recursive: true, force: true });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const faultMessages: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'forbidden: User "system:serviceaccount:test" cannot do that',
  500: 'Internal error occurred: etcdserver: request timed out',
};

interface Target {
  readonly collection: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

function parsePath(path: string): Target | undefined {
  const match = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/(.+)$/.exec(path);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const parts = match[2].split('/');
  const namespaced = parts[0] === 'namespaces' && parts.length > 2;
  const namespace = namespaced ? parts[1] : undefined;
  const [resource, name, subresource] = namespaced ? parts.slice(2) : parts;
  if (resource === undefined) return undefined;
  const scope = namespaced ? `/namespaces/${namespace ?? ''}` : '';
  return { collection: `${match[1]}${scope}/${resource}`, resource, namespace, name, subresource };
}

function matches(object: KubernetesObject, selector: string | null): boolean {
  if (selector === null || selector === '') return true;
  return selector.split(',').every((part) => {
    const [key = '', value] = part.split('=');
    return object.metadata.labels?.[key] === value;
  });
}

function logOf(
  logs: ReadonlyMap<string, string>,
  { namespace, name }: Target,
  query: URLSearchParams,
): string {
  const text = logs.get(`${namespace ?? ''}/${name ?? ''}/${query.get('container') ?? ''}`) ?? '';
  const tail = query.get('tailLines');
  if (tail === null || text === '') return text;
  return `${text.trimEnd().split('\n').slice(-Number(tail)).join('\n')}\n`;
}

function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(typeof target === 'object' ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merge(result[key], value);
  }
  return result;
}

function status(code: number, message: string, reason = ''): { status: number; body: unknown } {
  const outcome = code < 400 ? 'Success' : 'Failure';
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', status: outcome, message, reason, code } };
}

function send(response: ServerResponse, code: number, body: unknown): void {
  const text = typeof body === 'string';
  response.writeHead(code, { 'content-type': text ? 'text/plain' : 'application/json' });
  response.end(text ? body : JSON.stringify(body));
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function kubeconfig(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: { token: 'test-token' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}
