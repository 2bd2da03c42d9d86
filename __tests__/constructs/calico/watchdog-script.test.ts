import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchdogScript } from '../../../constructs/calico/watchdog-script';

const script = watchdogScript({ errorThreshold: 10, windowMinutes: 11 });
const error = 'msg="failed to stream flows: code = Unavailable: i/o timeout"\n';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'watchdog-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the script in a real shell with a kubectl that answers from files and notes what it is asked. */
function look(
  goldmane: string,
  log: string,
  failing = 'none',
): { status: number | null; stdout: string; calls: string } {
  const calls = join(folder, 'calls');
  writeFileSync(join(folder, 'ready'), goldmane);
  writeFileSync(join(folder, 'log'), log);
  const kubectl = join(folder, 'kubectl');
  writeFileSync(
    kubectl,
    `#!/bin/sh
echo "$@" >> '${calls}'
[ "$3" = '${failing}' ] && { echo 'Error from server (Forbidden)' >&2; exit 1; }
case "$3" in get) cat '${folder}/ready';; logs) cat '${folder}/log';; delete) echo pod/whisker-1;; esac
`,
  );
  chmodSync(kubectl, 0o755);
  const { status, stdout } = spawnSync('/bin/sh', ['-c', script], {
    env: { PATH: `${folder}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  return { status, stdout, calls: readFileSync(calls, 'utf8') };
}

test('a hanging backend is restarted', () => {
  const { status, stdout, calls } = look('True ', error.repeat(10));
  expect([status, stdout]).toEqual([
    0,
    'pod/whisker-1\nrestarted whisker: whisker-backend logged 10 connection errors in 11 min while goldmane is ready\n',
  ]);
  expect(calls).toContain('logs --selector k8s-app=whisker --container whisker-backend --since 11m');
  expect(calls).toContain('--namespace calico-system delete pods --selector k8s-app=whisker');
});

test.each([
  ['few errors', 'True ', error.repeat(9), 'left alone: whisker-backend logged 9 connection errors'],
  ['an empty log', 'True ', '', 'left alone: whisker-backend logged 0 connection errors'],
  ['Goldmane not ready', 'False ', error.repeat(50), 'left alone: goldmane is not ready'],
  ['no Goldmane at all', '', error.repeat(50), 'left alone: goldmane is not ready'],
])('%s: Whisker is left alone', (_case, goldmane, log, message) => {
  const { status, stdout, calls } = look(goldmane, log);
  expect(status).toBe(0);
  expect(stdout).toContain(message);
  expect(calls).not.toContain('delete');
});

test.each(['get', 'logs', 'delete'])('a failing kubectl %s fails the run', (verb) => {
  const { status, stdout } = look('True ', error.repeat(50), verb);
  expect(status).toBe(1);
  expect(stdout).not.toContain('restarted');
});
