import { setTimeout as sleep } from 'node:timers/promises';
import { TrailError } from '../errors';

export interface WaitOptions {
  /** Seconds within which `attempt` must succeed; 0 = one attempt. */
  readonly patienceSeconds: number;
  /** Seconds between two attempts. */
  readonly intervalSeconds: number;
  readonly signal: AbortSignal;
  /** Told why it waits, once for each reason. */
  readonly onWait: (reason: string) => void;
}

/**
 * Repeats `attempt` while it throws TrailErrors, at most for the patience given, and then throws the last
 * one. Anything else that is thrown is a bug and is passed on at once.
 */
export async function waitForSuccess<T>(attempt: () => Promise<T>, options: WaitOptions): Promise<T> {
  const deadline = performance.now() + options.patienceSeconds * 1000;
  let lastReason: string | undefined;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const next = performance.now() + options.intervalSeconds * 1000;
      if (!(error instanceof TrailError) || next > deadline) throw error;
      if (error.message !== lastReason) options.onWait(error.message);
      lastReason = error.message;
    }
    try {
      await sleep(options.intervalSeconds * 1000, undefined, { signal: options.signal });
    } catch (cause) {
      throw new TrailError('interrupted', 'stopped before it was done', 'run it again', { cause });
    }
  }
}
