import type { Query } from './query';

/** Number of the newest migration that the database has had. */
export function schemaVersionQuery(): Query<number> {
  return {
    text: 'SELECT coalesce(max(version), 0)::int AS version FROM trail_migration',
    values: [],
    parse: (row) => row['version'] as number,
  };
}
