import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registry } from '../../trail/cli/registry';
import { dashboardFile } from '../../monitoring/dashboard';
import { rulesFile } from '../../monitoring/rules-file';
import { commandIndex, commandPage } from './command-page';
import { commandTree } from './command-tree';
import { rulesPage } from './rules-page';
import { settingsJsonSchema, settingsPage } from './settings-page';

/** Every generated file of the documentation under `root`: its path there and what it must hold. */
export async function generatedPages(root: string): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  const program = await commandTree();
  const named = Object.entries(registry).map(([name, { summary }]) => ({ name, summary }));
  pages.set('docs/commands/README.md', commandIndex(named));
  for (const { name } of named) {
    const command = program.commands.find((each) => each.name() === name);
    if (command === undefined) throw new Error(`trail ${name} is registered under another name`);
    const path = `docs/commands/${name}.md`;
    const file = join(root, path);
    pages.set(path, commandPage(command, existsSync(file) ? readFileSync(file, 'utf8') : undefined));
  }
  pages.set('docs/rules.md', rulesPage());
  pages.set('docs/settings.md', settingsPage());
  pages.set('settings.schema.json', `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
  pages.set('monitoring/goldmane-trail.rules.yaml', rulesFile());
  pages.set('monitoring/goldmane-trail.dashboard.json', dashboardFile());
  return pages;
}
