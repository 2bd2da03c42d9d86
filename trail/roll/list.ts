import type { IncomingMessage } from 'node:http';
import type { RawGet } from '../kubernetes/raw';
import { transportError } from '../kubernetes/errors';

/** A list and the point in time from which to watch it on. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

interface ListAnswer<T> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[];
}

interface ListOptions {
  readonly labelSelector?: string | undefined;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** Everything at `path`, page by page. Throws a TrailError. */
export async function list<T>(get: RawGet, path: string, options: ListOptions): Promise<Listed<T>> {
  const items: T[] = [];
  let next: string | undefined;
  for (;;) {
    const answer = await readJson<ListAnswer<T>>(get, path, options, {
      limit: '500',
      ...(options.labelSelector !== undefined && { labelSelector: options.labelSelector }),
      ...(next !== undefined && { continue: next }),
    });
    items.push(...(answer.items ?? []));
    next = answer.metadata?.continue === '' ? undefined : answer.metadata?.continue;
    if (next === undefined) return { items, resourceVersion: answer.metadata?.resourceVersion ?? '' };
  }
}

/** One object at `path`. Throws a TrailError. */
export async function readJson<T>(
  get: RawGet,
  path: string,
  { timeoutSeconds, signal }: ListOptions,
  query: Readonly<Record<string, string>> = {},
): Promise<T> {
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  const either = AbortSignal.any([signal, deadline]);
  try {
    const response = await get({ path, query, idleSeconds: timeoutSeconds, signal: either });
    return JSON.parse(await text(response)) as T;
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof SyntaxError || deadline.aborted)
      throw transportError(`GET ${path}`, cause, timeoutSeconds);
    throw cause;
  }
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
