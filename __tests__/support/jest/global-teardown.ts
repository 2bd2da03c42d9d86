import type { TestRun } from './global-setup';

/** Stops what global-setup started. */
export default async function globalTeardown(): Promise<void> {
  await (globalThis as TestRun).trailPostgres?.stop();
}
