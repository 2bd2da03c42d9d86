import { databaseError, databaseSource, openDatabase } from './database';
import { requireSchemaVersion } from './migrate';
import type { Query } from './queries/query';
import { READ_ONLY_SESSION, type Answers, type TrailReader } from './trail-reader';

/** Reads over a connection of its own, as DATABASE_URL_FILE or DATABASE_URL say. Throws a TrailError. */
export async function openDirectReader(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<TrailReader> {
  const client = await openDatabase(databaseSource(environment));
  const mapped = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw databaseError(error);
    }
  };
  try {
    await mapped(async () => {
      await client.query(READ_ONLY_SESSION.join('; '));
      await requireSchemaVersion(client);
    });
  } catch (error) {
    await client.end();
    throw error;
  }
  return {
    ask: <Queries extends readonly Query<unknown>[]>(...queries: Queries) =>
      mapped(async () => {
        const answers: unknown[][] = [];
        for (const { text, values, parse } of queries) {
          const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
          answers.push(rows.map((row) => parse(row)));
        }
        return answers as unknown as Answers<Queries>;
      }),
    close: () => client.end(),
  };
}
