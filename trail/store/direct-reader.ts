import { ask } from './ask';
import { databaseError, databaseSource, openDatabase } from './database';
import { requireSchemaVersion } from './migrate';
import type { Query } from './queries/query';
import { READ_ONLY_SESSION, type Answers, type TrailReader } from './trail-reader';

/** Reads over a connection of its own, as DATABASE_URL_FILE or DATABASE_URL say. Throws a TrailError. */
export async function openDirectReader(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<TrailReader> {
  const client = await openDatabase(databaseSource(environment));
  try {
    await client.query(READ_ONLY_SESSION.join('; '));
    await requireSchemaVersion(client);
  } catch (error) {
    await client.end();
    throw databaseError(error);
  }
  return {
    async ask<Queries extends readonly Query<unknown>[]>(...queries: Queries) {
      const answers: unknown[][] = [];
      for (const query of queries) answers.push(await ask(client, query));
      return answers as unknown as Answers<Queries>;
    },
    close: () => client.end(),
  };
}
