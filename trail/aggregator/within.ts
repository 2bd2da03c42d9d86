/**
 * Runs `work` with a signal of its own that aborts with `signal` or after `milliseconds`. Resolves to whether it
 * ended before either; passes its errors on.
 *
 * Not AbortSignal.any: what that makes of a signal that lives as long as the process is never collected (seen
 * with Node 20.20), and this runs many times a minute.
 */
export async function within(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const limit = new AbortController();
  const abort = (): void => {
    limit.abort();
  };
  if (signal.aborted) abort();
  const timer = setTimeout(abort, milliseconds);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await work(limit.signal);
    return !limit.signal.aborted;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
