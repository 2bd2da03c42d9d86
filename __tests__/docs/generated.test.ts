import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generatedPages } from '../../scripts/docs/pages';
import { settingsPage } from '../../scripts/docs/settings-page';

const root = resolve(__dirname, '../..');

test('generated pages are current; otherwise: npm run docs', async () => {
  const expected = await generatedPages(root);
  const stale = [...expected]
    .filter(
      ([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text,
    )
    .map(([path]) => path);
  expect(stale).toEqual([]);
});

test('no page describes a command that is gone', async () => {
  const expected = await generatedPages(root);
  const present = readdirSync(join(root, 'docs/commands')).map((name) => `docs/commands/${name}`);
  expect(present.filter((path) => !expected.has(path))).toEqual([]);
});

test('every setting says what it is for', () => {
  const silent = [...settingsPage().matchAll(/^\| `([^`]+)` .*\| {2}\|$/gm)].map(([, key]) => key);
  expect(silent).toEqual([]);
});
