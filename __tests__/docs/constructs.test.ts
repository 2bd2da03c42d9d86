import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { releases } from '../../calico-releases';
import { adoptableAggregatorParts } from '../../settings/aggregator';
import { adoptableParts } from '../../settings/calico';

const root = resolve(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const sources = (folder: string): string[] =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);

test('every construct of the calico stack has a page, and the index names it', () => {
  const index = read('docs/constructs/README.md');
  for (const source of sources('constructs/calico')) {
    const name = /export class (\w+) extends Construct/.exec(read(source))?.[1];
    // Part of WhiskerIngress, described there.
    if (name === undefined || name === 'WhiskerHttpsBackend') continue;
    const page = `${source.slice(source.lastIndexOf('/') + 1, -'.ts'.length)}.md`;
    expect(index).toContain(`[${name}](${page})`);
    expect(read(`docs/constructs/${page}`)).toContain(`new ${name}(`);
  }
});

test('what the examples import exists', () => {
  for (const page of sources('docs/constructs')) {
    for (const [, names, path] of read(page).matchAll(/import \{ ([\w, ]+) \} from '\.\.\/([^']+)'/g)) {
      expect(existsSync(join(root, `${path!}.ts`))).toBe(true);
      for (const name of names!.split(', ')) {
        expect(read(`${path!}.ts`)).toMatch(new RegExp(`export (class|function|const) ${name}\\b`));
      }
    }
  }
});

test('the table of hops is the one that the guard uses', () => {
  const hops = releases.flatMap(({ series, upgradesFrom }) =>
    upgradesFrom.map((from) => [from, series] as const),
  );
  const page = read('docs/constructs/operator-release.md');
  for (const from of new Set(hops.map(([start]) => start))) {
    const to = hops.filter(([start]) => start === from).map(([, series]) => series);
    expect(page.replace(/ +/g, ' ')).toContain(`| ${from} | ${to.join(', ')} |`);
  }
});

test('every construct of the aggregator stack is in the index and has an example', () => {
  const index = read('docs/constructs/README.md');
  const pages = sources('docs/constructs').map(read).join('\n');
  for (const source of sources('constructs/aggregator')) {
    const name = /export class (\w+) extends Construct/.exec(read(source))?.[1];
    if (name === undefined) continue;
    expect(index).toContain(name);
    expect(pages).toContain(`new ${name}(`);
  }
});

test('every part of the aggregator stack that can be adopted is explained', () => {
  const page = read('docs/stacks/goldmane-edge-aggregator.md');
  expect(adoptableAggregatorParts.filter((part) => !page.includes(`| \`${part}\``))).toEqual([]);
});

test('every part that can be adopted is explained', () => {
  const page = read('docs/adopt.md');
  expect(adoptableParts.filter((part) => !page.includes(`| \`${part}\``))).toEqual([]);
});

test('the table of releases is the one that the stack is made by', () => {
  const rows = read('docs/stacks/calico.md').replace(/ +/g, ' ');
  for (const { series, flowPlane, kubernetes, crds, whisker, operatorPolicies } of releases) {
    if (!flowPlane) continue;
    const versions = kubernetes === null ? 'not known' : `${kubernetes.from}–${kubernetes.to}`;
    const chart = crds === 'own-chart' ? 'their own chart' : 'the operator chart';
    const policies = operatorPolicies === 'projectcalico.org/v3' ? 'Calico, in a tier' : 'Kubernetes';
    const served = `${whisker.port} ${whisker.scheme.toUpperCase()}`;
    expect(rows).toContain(`| ${series} | ${versions} | ${chart} | ${served} | ${policies} |`);
  }
});
