import { accessSync, constants, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const root = resolve(__dirname, '..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: unknown;
        readonly strategy: { readonly matrix: { readonly node: readonly number[] } };
        readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
      }
    >
  >;
}

const workflow = parse(text('.github/workflows/ci.yml')) as Workflow;
const jobs = Object.values(workflow.jobs);

test('CI runs the file that people run, on the oldest Node that is promised and on a current one', () => {
  accessSync(join(root, '.ci/run'), constants.X_OK);
  const { engines } = JSON.parse(text('package.json')) as { engines: { node: string } };
  const oldest = Number(/\d+/.exec(engines.node)?.[0]);
  for (const job of jobs) {
    expect(job.steps.map(({ run }) => run)).toContain('.ci/run');
    expect(job.strategy.matrix.node).toContain(oldest);
    expect(Math.max(...job.strategy.matrix.node)).toBeGreaterThan(oldest);
  }
});

test('a moved tag of an action cannot change what CI runs, nor can CI write to the repository', () => {
  const used = jobs
    .flatMap(({ steps }) => steps.map(({ uses }) => uses))
    .filter((uses) => uses !== undefined);
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((uses) => !/@[0-9a-f]{40}$/.test(uses))).toEqual([]);
  expect(workflow.permissions).toEqual({ contents: 'read' });
  expect(jobs.map(({ permissions }) => permissions)).toEqual(jobs.map(() => undefined));
});

test('CI runs the two commands that newcomers are given', () => {
  for (const page of ['README.md', 'CONTRIBUTING.md'])
    expect(text(page)).toMatch(/^npm ci( && |\n)npm test$/m);
  expect(text('README.md')).toMatch(/^npm ci && npm start$/m);
  expect(text('.ci/run')).toMatch(/^npm ci && npm test /m);
  expect(text('.ci/run')).toMatch(/^npm start /m);
});
