import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { slope } from '../../scripts/soak/slope';

const root = resolve(__dirname, '../..');

function soak(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'scripts/soak.ts', ...args],
    { cwd: root, encoding: 'utf8' },
  );
  return { status, output: stdout + stderr };
}

test('a short soak kills, compares every edge and says so', () => {
  const { status, output } = soak('--kills', '2', '--minutes', '0', '--seed', '7');
  expect(output).toContain('2 of 2 kills');
  expect(output).toMatch(/^fault +2 × kill -9$/m);
  expect(output).toMatch(/^exact {3}everything/m);
  expect(status).toBe(0);
}, 90_000);

test('an option that makes no sense is refused', () => {
  const { status, output } = soak('--kills', 'many');
  expect(output).toContain('whole numbers from 0');
  expect(status).toBe(1);
});

test('the slope that memory is judged by is the one of least squares', () => {
  expect(
    slope([
      [0, 1],
      [1, 3],
      [2, 2],
      [3, 4],
    ]),
  ).toBeCloseTo(0.8);
});
