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

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
