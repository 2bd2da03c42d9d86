import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(__dirname, '../../docs/adr');
const records = readdirSync(folder).filter((name) => name !== 'README.md');
const index = readFileSync(join(folder, 'README.md'), 'utf8');

test('every decision record has a number of its own', () => {
  expect(records.length).toBeGreaterThan(0);
  expect(records.filter((name) => !/^\d{4}-[a-z0-9-]+\.md$/.test(name))).toEqual([]);
  const numbers = records.map((name) => name.slice(0, 4));
  expect(numbers).toEqual([...new Set(numbers)]);
});

test('the index lists each record under its own title, in order', () => {
  const listed = [...index.matchAll(/\[(\d{4})\]\((\S+?)\)[\s|]+(.*?)\s*\|/g)];
  const expected = [...records].sort().map((name) => {
    const title = /^# (\d{4}) (.+)$/m.exec(readFileSync(join(folder, name), 'utf8'));
    return [title?.[1], name, title?.[2]];
  });
  expect(listed.map(([, number, name, title]) => [number, name, title])).toEqual(expected);
});

test.each(records)('%s says its status, context, decision and consequences', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  expect(text).toMatch(/^(accepted|superseded by \[\d{4}\]\(\S+\)), \d{4}-\d{2}-\d{2}$/m);
  for (const heading of ['## Context', '## Decision', '## Consequences']) expect(text).toContain(heading);
});
