import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registry } from '../../../trail/cli/registry';
import { runTrail } from '../../support/run-trail';

/** What bash would offer for a line whose last word is being typed. */
async function offers(line: string): Promise<string[]> {
  const { stdout: script } = await runTrail(['completion', 'bash']);
  const words = line.split(' ');
  const program = `${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_trail_complete
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8' }).trim().split('\n');
}

test('bash offers commands, subcommands, options and the words that an option allows', async () => {
  expect(await offers('trail ')).toEqual(expect.arrayContaining(Object.keys(registry)));
  expect(await offers('trail edges ex')).toEqual(['explain']);
  expect(await offers('trail edges --new')).toEqual(['--new-since']);
  expect(await offers('edges --peers')).toEqual(['--peers-of']);
  expect(await offers('trail edges matrix --format ')).toEqual([
    'table',
    'json',
    'ndjson',
    'csv',
    'dot',
    'mermaid',
  ]);
  expect(await offers('trail completion f')).toEqual(['fish']);
});

test.each(['bash', 'zsh', 'fish'])('the script for %s is one that the shell accepts', async (shell) => {
  const { exitCode, stdout } = await runTrail(['completion', shell]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('explain');
  const folder = mkdtempSync(join(tmpdir(), 'trail-completion-'));
  writeFileSync(join(folder, 'script'), stdout);
  const checked = spawnSync(shell, ['-n', join(folder, 'script')], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  // A shell that is not installed can't object.
  if (checked.error === undefined) expect(checked.stderr).toBe('');
});

test('another shell is refused', async () => {
  expect((await runTrail(['completion', 'tcsh'])).exitCode).toBe(2);
});
