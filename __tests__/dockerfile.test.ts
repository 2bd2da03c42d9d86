import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dockerContext, instructions } from './support/docker';

const root = resolve(__dirname, '..');
const dockerfile = instructions(readFileSync(join(root, 'Dockerfile'), 'utf8'));
const values = (name: string): string[] =>
  dockerfile.filter((each) => each.name === name).map((each) => each.value);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

test('the image build runs scripts that package.json has', () => {
  const named = values('RUN').flatMap((line) => [...line.matchAll(/npm run ([\w:-]+)/g)].map((m) => m[1]!));
  expect(named).toContain('build');
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('every file that the build stage copies reaches the Docker context', () => {
  const context = dockerContext(root);
  const copied = values('COPY')
    .filter((line) => !line.startsWith('--from='))
    .flatMap((line) => line.split(' ').slice(0, -1))
    .filter((path) => path !== '.');
  expect(copied).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', '.npmrc']));
  expect(copied.filter((path) => !context.includes(path) || !existsSync(join(root, path)))).toEqual([]);
});

test('the image carries the program, what it loads beside it, and the licences', () => {
  const carried = values('COPY')
    .filter((line) => line.startsWith('--from=build'))
    .flatMap((line) => line.split(' ').slice(1, -1));
  for (const path of ['dist/trail.js', 'dist/kubernetes-client.js', 'dist/THIRD-PARTY', 'LICENSE']) {
    expect(carried).toContain(`/src/${path}`);
  }
});

test('no secret, history or local file reaches the Docker context', () => {
  const context = dockerContext(root);
  for (const path of ['.git', '.trail', 'node_modules', 'dist', 'cdktf.out', 'settings.yaml']) {
    expect(context).not.toContain(path);
  }
});

test('base images can be pinned by digest, and the final one is distroless, not root', () => {
  const images = values('ARG').map((line) => line.split('=')[0]);
  const from = values('FROM').map((line) => /^\$\{(\w+)\}/.exec(line)?.[1]);
  expect(from).toHaveLength(2);
  expect(from.filter((name) => !images.includes(name))).toEqual([]);
  const final = dockerfile.slice(dockerfile.findLastIndex(({ name }) => name === 'FROM'));
  expect(values('ARG').find((line) => line.startsWith('RUNTIME_IMAGE='))).toMatch(
    /distroless\/nodejs\d+-debian\d+:nonroot$/,
  );
  expect(final.find(({ name }) => name === 'USER')?.value).toBe('65532:65532');
  expect(final.map(({ name }) => name)).not.toContain('RUN');
  expect(final.find(({ name }) => name === 'ENTRYPOINT')?.value).toBe(
    '["/nodejs/bin/node", "/app/trail.js"]',
  );
});
