import type { ClientBase } from 'pg';
import { databaseError } from './database';
import type { Query } from './queries/query';

/** Runs one query on a connection. Throws a TrailError where the database is at fault. */
export async function ask<Row>(client: ClientBase, query: Query<Row>): Promise<Row[]> {
  try {
    const { rows } = await client.query<Record<string, unknown>>(query.text, [...query.values]);
    return rows.map((row) => query.parse(row));
  } catch (error) {
    throw databaseError(error);
  }
}
