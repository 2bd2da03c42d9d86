import { Client } from 'pg';
import { freshDatabase, type Template } from './postgres';

async function run(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

test('tests that share a server do not see each other, and start from the same template', async () => {
  let prepared = 0;
  const template: Template = {
    name: 'support_test',
    async prepare(url) {
      prepared++;
      await run(url, 'CREATE TABLE seeded AS SELECT 7 AS n');
    },
  };
  const [one, two] = await Promise.all([freshDatabase(template), freshDatabase(template)]);
  await run(one.url, 'DELETE FROM seeded');
  expect(await run(one.url, 'SELECT n FROM seeded')).toEqual([]);
  expect(await run(two.url, 'SELECT n FROM seeded')).toEqual([{ n: 7 }]);
  expect(prepared).toBe(1);
  await Promise.all([one.drop(), two.drop()]);
  await expect(run(one.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});
