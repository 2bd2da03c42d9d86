import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'synth-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Synthesizes in a process of its own, as `npm run synth` and the cdktf command do. */
function synth(settings: object): { readonly status: number | null; readonly stderr: string } {
  const file = join(folder, 'settings.json');
  writeFileSync(file, JSON.stringify(settings));
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
  return spawnSync(process.execPath, [tsx, join(root, 'main.ts')], {
    cwd: folder,
    env: { ...process.env, CDKTF_OUTDIR: undefined, TRAIL_SETTINGS: file },
    encoding: 'utf8',
  });
}
const stack = (name: string): boolean => existsSync(join(folder, `cdktf.out/stacks/${name}/cdk.tf.json`));

test('both stacks are written, and an ingress without a login gate is warned about', () => {
  const ingress = { host: 'whisker.example.com', tlsSecret: 'tls', authentication: 'unauthenticated' };
  const { status, stderr } = synth({ calico: { whisker: { ingress } } });
  expect(status).toBe(0);
  expect([stack('calico'), stack('goldmane-edge-aggregator')]).toEqual([true, true]);
  expect(stderr).toContain('warning: whisker.example.com shows every flow of the cluster');
});

test('bad settings write nothing and are told without a stack trace', () => {
  const { status, stderr } = synth({ calico: { version: '3.30' }, typo: 1 });
  expect(status).toBe(1);
  expect(stderr).toMatch(/settings\.json: 2 problems\n {2}calico\.version: "3\.30" is not allowed/);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stack('calico')).toBe(false);
});

test('what a construct refuses is told without a stack trace too', () => {
  const { status, stderr } = synth({ calico: { version: 'v3.32.1', runningVersion: 'v3.26.4' } });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^calico\/operator: 1 problem\n {2}version: v3\.26\.4 → v3\.32\.1: .* hop to 3\.28 first/,
  );
  expect(stderr).not.toMatch(/^ +at /m);
});
