import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { generatedPages } from './docs/pages';

/** `npm run docs`: writes the generated pages; a test fails where one is not current. */
async function main(): Promise<void> {
  const root = resolve(__dirname, '..');
  for (const [path, text] of await generatedPages(root)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

void main();
