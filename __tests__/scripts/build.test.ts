import { execFile } from 'node:child_process';
import {
  accessSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { registry } from '../../trail/cli/registry';
import { copyDockerContext } from '../support/docker';

const run = promisify(execFile);
const root = resolve(__dirname, '../..');
let folder: string;
let context: string;
let alone: string;

// Built from what a Docker build sees, by the very script it runs; then the bundles alone, without packages.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trail-build-'));
  context = join(folder, 'context');
  alone = join(folder, 'alone');
  copyDockerContext(root, context);
  symlinkSync(join(root, 'node_modules'), join(context, 'node_modules'));
  await run('npm', ['run', 'build'], { cwd: context });
  mkdirSync(alone);
  for (const name of ['trail.js', 'edges.js', 'kubernetes-client.js']) {
    copyFileSync(join(context, 'dist', name), join(alone, name));
  }
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('trail.js runs without node_modules', async () => {
  const { stdout } = await run(process.execPath, ['trail.js', '--help'], { cwd: alone });
  for (const name of Object.keys(registry)) expect(stdout).toMatch(new RegExp(`^ +${name} `, 'm'));
});

test.each(Object.keys(registry))('the bundle carries all that trail %s needs to start', async (name) => {
  const { stdout } = await run(process.execPath, ['trail.js', name, '--help'], { cwd: alone });
  expect(stdout).toContain(`trail ${name}`);
});

test('commands that talk to Kubernetes find their client beside trail.js', async () => {
  const script = `import('./kubernetes-client.js').then((it) => console.log(typeof it.KubeConfig, typeof it.CoreV1Api))`;
  const { stdout } = await run(process.execPath, ['-e', script], { cwd: alone });
  expect(stdout).toBe('function function\n');
});

test('the rest does not carry the Kubernetes client: it would double start-up time and memory', () => {
  for (const name of ['trail.js', 'edges.js']) {
    expect(readFileSync(join(alone, name), 'utf8')).not.toContain('node_modules/@kubernetes/client-node');
  }
});

test('the image and the shell can execute the bundles', () => {
  for (const name of ['trail.js', 'edges.js']) {
    const file = join(context, 'dist', name);
    accessSync(file, constants.X_OK);
    expect(readFileSync(file, 'utf8').split('\n', 1)[0]).toBe('#!/usr/bin/env node');
    expect(readdirSync(join(context, 'dist'))).toContain(`${name}.map`);
  }
});

test('node dist/main.js synthesizes both stacks', async () => {
  const out = join(folder, 'cdktf.out');
  await run(process.execPath, ['dist/main.js'], { cwd: context, env: { ...process.env, CDKTF_OUTDIR: out } });
  expect(readdirSync(join(out, 'stacks')).sort()).toEqual(['calico', 'goldmane-edge-aggregator']);
}, 60_000);

test('licences of everything in the bundles are shipped beside them', () => {
  const text = readFileSync(join(context, 'dist/THIRD-PARTY'), 'utf8');
  expect(text).toMatch(/^commander \d+\.\d+\.\d+: MIT$/m);
  expect(text).toContain('Copyright (c) 2011 TJ Holowaychuk');
  const listed = [...text.matchAll(/^(@?[\w./-]+) \d+\.\d+\.\d+\S*: /gm)].map(([, name]) => name!);
  expect(listed).toContain('@kubernetes/client-node');
  const { sources } = JSON.parse(readFileSync(join(context, 'dist/trail.js.map'), 'utf8')) as {
    sources: string[];
  };
  const bundled = sources.flatMap((path) => [...path.matchAll(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//g)]);
  expect(bundled.length).toBeGreaterThan(0);
  expect([...new Set(bundled.map(([, name]) => name!))].filter((name) => !listed.includes(name))).toEqual([]);
});
