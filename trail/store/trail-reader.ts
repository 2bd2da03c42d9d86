import type { Query } from './queries/query';

/** Rows of several queries, in their order. */
export type Answers<Queries extends readonly unknown[]> = {
  readonly [Index in keyof Queries]: Queries[Index] extends Query<infer Row> ? readonly Row[] : never;
};

/** Asks the trail's database, read-only. However it is reached, the rows are the same. */
export interface TrailReader {
  /** Runs the queries one after the other. Throws a TrailError where the database can't be asked. */
  ask<Queries extends readonly Query<unknown>[]>(...queries: Queries): Promise<Answers<Queries>>;
  close(): Promise<void>;
}

/** A session that can't write by mistake, nor keep the server busy for long. */
export const READ_ONLY_SESSION = [
  'SET default_transaction_read_only = on',
  "SET statement_timeout = '30s'",
] as const;
