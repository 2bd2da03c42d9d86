import type { Client } from 'pg';

/** What a table takes on disk, free space maps included; bytes. */
export interface TableSize {
  readonly table: string;
  readonly rows: number;
  readonly heapBytes: number;
  readonly indexBytes: number;
}

/** Sizes of the tables that grow with edges, each with its rows counted one by one. */
export async function tableSizes(client: Client): Promise<readonly TableSize[]> {
  const sizes: TableSize[] = [];
  for (const table of ['edge', 'edge_service', 'edge_day']) {
    const { rows } = await client.query<TableSize>(
      `SELECT $1::text AS table, count(*)::float8 AS rows, pg_table_size('${table}')::float8 AS "heapBytes",
         pg_indexes_size('${table}')::float8 AS "indexBytes" FROM ${table}`,
      [table],
    );
    sizes.push(...rows);
  }
  return sizes;
}
