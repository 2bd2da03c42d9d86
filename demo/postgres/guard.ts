import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

// Waits for a line on stdin. End of file without one means that our process is gone, however it ended.
const script = `
read -r word && [ "$word" = release ] && exit 0
kill -INT "$1" 2>/dev/null
i=0
while kill -0 "$1" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
kill -KILL "$1" 2>/dev/null
[ -n "$2" ] && rm -rf -- "$2"
exit 0`;

/**
 * Sees to it that the process `pid` does not outlive ours, even when ours is killed with SIGKILL: a shell in
 * a session of its own waits for our end of a pipe to close, then ends `pid` and removes `directory`.
 * Returns the function that calls the guard off, to be used once `pid` has ended.
 */
export function guardProcess(pid: number, directory: string | undefined): () => void {
  const shell = spawn('/bin/sh', ['-c', script, 'guard', String(pid), directory ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  const line = shell.stdin;
  line.on('error', () => undefined);
  shell.on('error', () => undefined);
  shell.unref();
  // A child's stdin is a socket; unreferenced so that the guard never keeps our process alive.
  (line as unknown as Socket).unref();
  return () => {
    line.end('release\n');
  };
}
