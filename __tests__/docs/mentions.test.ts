import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { Command } from 'commander';
import { env } from '../../contract';
import { commandTree } from '../../scripts/docs/command-tree';
import { createMetrics } from '../../trail/aggregator/metrics';
import { anchors, inlineCode, links, pages } from '../support/markdown';
import { mentionedCommands, problem } from '../support/mentioned-commands';

const root = resolve(__dirname, '../..');
const all = pages(root);
const paths = all.map(({ path }) => path);
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };

test('the documentation is there', () => {
  expect(paths).toEqual(
    expect.arrayContaining(['CONTRIBUTING.md', 'docs/architecture.md', 'docs/glossary.md']),
  );
});

test.each(paths)('no link in %s leads nowhere', (path) => {
  const dead = links(text(path))
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file, anchor] = target.split('#') as [string, string?];
      const found = file === '' ? path : posix.normalize(posix.join(dirname(path), decodeURI(file)));
      if (found.startsWith('..') || !existsSync(join(root, found))) return true;
      return anchor !== undefined && found.endsWith('.md') && !anchors(text(found)).has(anchor);
    });
  expect(dead).toEqual([]);
});

test('every page can be reached by a link from another one', () => {
  const linked = new Set(
    all.flatMap(({ path, text: page }) =>
      links(page)
        .filter((target) => !/^[a-z]+:/.test(target))
        .map((target) => posix.normalize(posix.join(dirname(path), target.split('#')[0]!)))
        .filter((target) => target !== path),
    ),
  );
  const below = paths.filter((path) => path.startsWith('docs/') && path !== 'docs/README.md');
  expect(below.filter((path) => !linked.has(path))).toEqual([]);
});

test.each(paths)('every npm script in %s can be run', (path) => {
  const named = [...text(path).matchAll(/npm (?:run ([\w:-]+)|(start|test)\b)/g)].map((m) => (m[1] ?? m[2])!);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

describe('command lines', () => {
  let program: Command;
  beforeAll(async () => {
    program = await commandTree();
  });

  test.each(paths)('every trail command and flag in %s exists', (path) => {
    const wrong = mentionedCommands(text(path))
      .map((words) => ({ line: words.join(' '), problem: problem(program, words) }))
      .filter((each) => each.problem !== undefined);
    expect(wrong).toEqual([]);
  });
});

test.each(paths)('every file and folder of the repository that %s names is there', (path) => {
  const inside =
    /^(?:trail|constructs|stacks|settings|review|scripts|docs|demo|bench|__tests__|\.ci|\.github)\/[\w./-]*$|^[\w-]+\.(?:ts|json)$/;
  const named = inlineCode(text(path)).filter((code) => inside.test(code));
  expect(named.filter((code) => !existsSync(join(root, code)))).toEqual([]);
});

test('the map in docs/architecture.md shows every folder of the source', () => {
  const folders = (at: string): string[] =>
    readdirSync(join(root, at), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => posix.join(at, name))
      .filter((path) => !/^(?:\..*|node_modules|dist|coverage|cdktf\.out)$/.test(path));
  const named = inlineCode(text('docs/architecture.md'));
  const expected = [...folders('.'), ...folders('trail'), ...folders('constructs')];
  const shown = (folder: string): boolean => named.some((code) => code.startsWith(`${folder}/`));
  expect(expected.filter((folder) => !shown(folder))).toEqual([]);
});

test.each(paths)('every metric that %s names is one of the aggregator', async (path) => {
  const known = await createMetrics().registry.getMetricsAsJSON();
  const named = [
    ...text(path).matchAll(/\btrail_[a-z_]+(?:_total|_seconds|_bytes|_rows|_windows|_results)\b/g),
  ];
  expect(named.map(([name]) => name).filter((name) => !known.some((each) => each.name === name))).toEqual([]);
});

test('docs/configuration.md lists just the variables of contract.ts, once each', () => {
  const rows = [...text('docs/configuration.md').matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)].map(
    ([, name]) => name!,
  );
  expect(rows.sort()).toEqual(Object.values(env).sort());
});

test('the check itself finds what is wrong', () => {
  const program = new Command('trail');
  program.addCommand(new Command('edges').option('--ns <ns>').addCommand(new Command('explain')));
  const problems = (page: string): (string | undefined)[] =>
    mentionedCommands(page).map((words) => problem(program, words));
  expect(problems('`trail edgse`')).toEqual(["there is no command 'edgse'"]);
  expect(problems('`edges --nss x`')).toEqual(['trail edges has no option --nss']);
  expect(problems('```bash\n$ A=1 npx trail edges explain --deep a b | jq . # words\n```')).toEqual([
    'trail edges explain has no option --deep',
  ]);
  expect(problems('`trail edges --ns=x > out` and `trail <command>` and the trail alone')).toEqual([
    undefined,
  ]);
});
