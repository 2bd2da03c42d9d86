import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { TrailError } from '../errors';
import { kubernetesErrors } from '../kubernetes/errors';
import type { RawGet } from '../kubernetes/raw';
import { list } from './list';
import type { Metadata } from './objects';

/** What a collection follows, and how patiently. */
export interface CollectionOptions {
  readonly path: string;
  readonly labelSelector?: string;
  readonly signal: AbortSignal;
  /** Called after every change. */
  readonly onChange: () => void;
  /** Seconds until a list counts as failed. */
  readonly timeoutSeconds: number;
  /** Seconds of silence after which a watch is begun anew. Bookmarks come about once a minute. */
  readonly idleSeconds: number;
  /** Longest pause between two attempts, in seconds. */
  readonly longestPauseSeconds: number;
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly message?: string };
}

/** A mirror of one list of the API, kept current by a watch; survives expiry, restarts and outages. */
export class Collection<T extends { readonly metadata: Metadata }> {
  readonly #get: RawGet;
  readonly #options: CollectionOptions;
  readonly #items = new Map<string, T>();
  #resourceVersion: string | undefined;
  #awaySince: number | undefined;
  #lastError: Error | undefined;

  constructor(get: RawGet, options: CollectionOptions) {
    this.#get = get;
    this.#options = options;
  }

  get items(): readonly T[] {
    return [...this.#items.values()];
  }

  /** Milliseconds since the epoch at which the API stopped answering; undefined while it answers. */
  get awaySince(): number | undefined {
    return this.#awaySince;
  }

  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** Lists once. Throws a TrailError: what can't be listed at the start is not waited for. */
  async start(): Promise<void> {
    await this.#list();
  }

  /** Follows the list until the signal is aborted. Never throws. */
  async follow(): Promise<void> {
    const { signal } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const began = Date.now();
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        await this.#watch(() => {
          failures = 0;
          this.#answered();
        });
        // A server that ends each watch at once must not be asked in a loop.
        if (Date.now() - began < 100) await this.#pause(0.1);
      } catch (error) {
        if (aborted(signal)) return;
        this.#failed(error);
        failures += 1;
        await this.#pause(this.#pauseSeconds(error, failures));
      }
    }
  }

  async #list(): Promise<void> {
    const { path, labelSelector, timeoutSeconds, signal, onChange } = this.#options;
    const { items, resourceVersion } = await list<T>(this.#get, path, {
      labelSelector,
      timeoutSeconds,
      signal,
    });
    this.#items.clear();
    for (const item of items) this.#items.set(key(item), item);
    this.#resourceVersion = resourceVersion;
    this.#answered();
    onChange();
  }

  async #watch(onAnswer: () => void): Promise<void> {
    const { path, labelSelector, idleSeconds, signal } = this.#options;
    const response = await this.#get({
      path,
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: this.#resourceVersion ?? '',
        timeoutSeconds: '240',
        ...(labelSelector !== undefined && { labelSelector }),
      },
      idleSeconds,
      signal,
    }).catch((error: unknown) => {
      if (isGone(error)) return undefined;
      throw error;
    });
    if (response === undefined) {
      this.#resourceVersion = undefined;
      return;
    }
    onAnswer();
    let broken: Error | undefined;
    response.on('error', (error) => (broken = error));
    for await (const line of createInterface({ input: response })) {
      if (line === '') continue;
      if (!this.#take(JSON.parse(line) as WatchEvent<T>)) return;
    }
    // Silence is no failure: the next watch goes on where this one ended and shows whether anybody is there.
    if (broken !== undefined && broken.name !== 'TimeoutError') throw broken;
  }

  /** False where the watch can't go on and the list must be read anew. */
  #take({ type, object }: WatchEvent<T>): boolean {
    if (type === 'ERROR') {
      this.#resourceVersion = undefined;
      return false;
    }
    this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
    if (type === 'BOOKMARK') return true;
    if (type === 'DELETED') this.#items.delete(key(object));
    else this.#items.set(key(object), object);
    this.#options.onChange();
    return true;
  }

  #answered(): void {
    if (this.#awaySince === undefined) return;
    this.#awaySince = undefined;
    this.#options.onChange();
  }

  #failed(error: unknown): void {
    this.#lastError = error instanceof Error ? error : new Error(String(error));
    if (this.#awaySince !== undefined) return;
    this.#awaySince = Date.now();
    this.#options.onChange();
  }

  #pauseSeconds(error: unknown, failures: number): number {
    const asked = (error as { readonly retryAfterSeconds?: number }).retryAfterSeconds;
    const { longestPauseSeconds } = this.#options;
    if (asked !== undefined) return Math.min(asked, longestPauseSeconds);
    // Spread, so that the collections of one watch do not all come back at the same moment.
    return Math.min(longestPauseSeconds, 0.25 * 2 ** failures) * (0.75 + Math.random() / 2);
  }

  async #pause(seconds: number): Promise<void> {
    await delay(seconds * 1000, undefined, { signal: this.#options.signal }).catch(() => undefined);
  }
}

// A method, so that the compiler does not take the loop's condition for still true.
function aborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function isGone(error: unknown): boolean {
  return (
    error instanceof TrailError && error.code === kubernetesErrors.failed && error.message.includes(' 410')
  );
}

function key({ metadata }: { readonly metadata: Metadata }): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
