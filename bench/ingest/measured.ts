import { readFileSync } from 'node:fs';

/** What one process spent on a load. */
export interface Measured {
  readonly results: number;
  readonly cpuSeconds: number;
  /** Largest resident size, MiB. */
  readonly peakMiB: number;
}

/** Prints what this process spent since `began` as one JSON line. */
export function report(results: number, began: NodeJS.CpuUsage): void {
  const { user, system } = process.cpuUsage(began);
  const measured: Measured = { results, cpuSeconds: (user + system) / 1e6, peakMiB: peakMiB(process.pid) };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}

/** Peak resident size of a process, MiB; 0 where the system doesn't tell. */
export function peakMiB(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
