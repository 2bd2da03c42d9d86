import type { Client } from 'pg';

/** What happened to one object. */
export type Outcome = 'created' | 'corrected' | 'confirmed';

const duplicate = new Set(['42710', '42P04', '23505']);

/** Makes the role, or lets it log in if it can't. It gets no password and no other right. */
export async function ensureRole(client: Client, role: string): Promise<Outcome> {
  const name = client.escapeIdentifier(role);
  const { rows } = await client.query<{ rolcanlogin: boolean }>(
    'SELECT rolcanlogin FROM pg_roles WHERE rolname = $1',
    [role],
  );
  if (rows[0] === undefined) return createUnlessThere(client, `CREATE ROLE ${name} LOGIN`);
  if (rows[0].rolcanlogin) return 'confirmed';
  await client.query(`ALTER ROLE ${name} LOGIN`);
  return 'corrected';
}

/** Makes the database with `role` as its owner, or makes `role` the owner. */
export async function ensureDatabase(client: Client, database: string, role: string): Promise<Outcome> {
  const name = client.escapeIdentifier(database);
  const owner = client.escapeIdentifier(role);
  const read = 'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1';
  const { rows } = await client.query<{ owner: string }>(read, [database]);
  if (rows[0]?.owner === role) return 'confirmed';
  await becomeMember(client, owner);
  if (rows[0] === undefined) return createUnlessThere(client, `CREATE DATABASE ${name} OWNER ${owner}`);
  await client.query(`ALTER DATABASE ${name} OWNER TO ${owner}`);
  return 'corrected';
}

/** Lets `role` make its tables in the schema public of the database that `client` is connected to. */
export async function ensureSchema(client: Client, role: string): Promise<Outcome> {
  const { rows } = await client.query<{ granted: boolean }>(
    "SELECT has_schema_privilege($1, 'public', 'CREATE') AND has_schema_privilege($1, 'public', 'USAGE') AS granted",
    [role],
  );
  if (rows[0]?.granted === true) return 'confirmed';
  await client.query(`GRANT USAGE, CREATE ON SCHEMA public TO ${client.escapeIdentifier(role)}`);
  return 'corrected';
}

/** Makes `role` the owner of what lies in the schema public, e.g. after a restore by somebody else. */
export async function ensureOwner(client: Client, role: string): Promise<Outcome> {
  const { rows } = await client.query<{ name: string; kind: string }>(
    // Sequences of a column follow their table; what an extension brought is the extension's.
    `SELECT c.oid::regclass::text AS name,
       CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS kind
     FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
       AND pg_get_userbyid(c.relowner) <> $1
       AND NOT EXISTS (
         SELECT FROM pg_depend d
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
           AND (d.deptype = 'e' OR (c.relkind = 'S' AND d.deptype IN ('a', 'i')))
       )
     ORDER BY c.oid`,
    [role],
  );
  if (rows.length === 0) return 'confirmed';
  await becomeMember(client, client.escapeIdentifier(role));
  for (const { kind, name } of rows) {
    // regclass has quoted the name where it must be.
    await client.query(`ALTER ${kind} ${name} OWNER TO ${client.escapeIdentifier(role)}`);
  }
  return 'corrected';
}

/** Who is no superuser may only give databases to roles that it is a member of. */
async function becomeMember(client: Client, owner: string): Promise<void> {
  const { rows } = await client.query<{ rolsuper: boolean }>(
    'SELECT rolsuper FROM pg_roles WHERE rolname = current_user',
  );
  if (rows[0]?.rolsuper !== true) await client.query(`GRANT ${owner} TO CURRENT_USER`);
}

async function createUnlessThere(client: Client, statement: string): Promise<Outcome> {
  try {
    await client.query(statement);
    return 'created';
  } catch (error) {
    // Another program made it between our look and our statement.
    if (duplicate.has((error as { readonly code?: string }).code ?? '')) return 'confirmed';
    throw error;
  }
}
