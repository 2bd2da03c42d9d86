import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeBlocks } from '../support/markdown';
import { trailDatabase, withDatabase } from '../support/trail-database';

const runbook = readFileSync(resolve(__dirname, '../../docs/runbook.md'), 'utf8');

test('every SQL statement of the runbook runs on the schema as it is', async () => {
  const statements = codeBlocks(runbook)
    .filter(({ language }) => language === 'sql')
    .flatMap(({ code }) => code.split(';'))
    .filter((statement) => statement.trim() !== '');
  expect(statements.length).toBeGreaterThan(0);
  const database = await trailDatabase();
  await withDatabase(database.url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
  await database.drop();
});
