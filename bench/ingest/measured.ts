import { readFileSync } from 'node:fs';

/** What one process spent on a load, from its start on. */
export interface Measured {
  readonly results: number;
  readonly cpuSeconds: number;
  /** Largest resident size, MiB. */
  readonly peakMiB: number;
}

/** The floor: and in how many pieces `node:http2` handed the results over. */
export interface FloorMeasured extends Measured {
  readonly chunks: number;
}

/** The reader: and the longest time from a window's first result to its last one counted, seconds. */
export interface ReaderMeasured extends Measured {
  readonly windowSeconds: number;
}

/** Prints what this process has spent so far as one JSON line. */
export function report<T extends Measured>(results: number, more: Omit<T, keyof Measured>): void {
  const { user, system } = process.cpuUsage();
  const measured = { results, cpuSeconds: (user + system) / 1e6, peakMiB: peakMiB(process.pid), ...more };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}

/** Peak resident size of a process, MiB. Linux only. */
export function peakMiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** CPU that a process has used since its start, seconds; in steps of 10 ms. Linux only. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces; user and system time are fields 14 and 15, in ticks of 1/100 s.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
