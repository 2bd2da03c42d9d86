import { setTimeout as delay } from 'node:timers/promises';

/** Resolves once `condition` holds, asked every few milliseconds; fails after `timeoutSeconds`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutSeconds = 40,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutSeconds} s: ${what}`);
    await delay(10);
  }
}

/** The result of `work`; fails after `timeoutSeconds`, where the test's own timeout would not say what hangs. */
export async function inTime<T>(what: string, work: Promise<T>, timeoutSeconds = 20): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not within ${timeoutSeconds} s: ${what}`));
    }, timeoutSeconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
