import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { database, env, paths, ports } from '../../contract';
import { TrailError } from '../errors';

/** Everything that `trail db-init` is told by its environment. */
export interface DbInitConfig {
  readonly host: string;
  readonly port: number;
  /** Database that is made, and the role that is to own it. */
  readonly name: string;
  readonly role: string;
  /** A role that may make roles and databases; never printed. */
  readonly admin: { readonly user: string; readonly password: string };
  /** File whose connection string holds the password that the role is to have. */
  readonly roleUrlFile: string | undefined;
}

const identifier = z
  .string()
  // PostgreSQL cuts longer names off, silently.
  .refine((name) => name !== '' && Buffer.byteLength(name) <= 63 && !name.includes('\0'), '1 to 63 bytes');

const schema = z.object({
  [env.databaseHost]: z.string().regex(/^[A-Za-z0-9._-]+$|^[0-9a-fA-F:]+$/, 'a host name or an address'),
  [env.databasePort]: z
    .string()
    .default(String(ports.postgres))
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535, '1 to 65535')
    .transform(Number),
  [env.databaseName]: identifier.default(database.name),
  [env.databaseRole]: identifier.default(database.role),
  [env.databaseAdminUsernameFile]: z.string().min(1).default(paths.databaseAdminUsername),
  [env.databaseAdminPasswordFile]: z.string().min(1).default(paths.databaseAdminPassword),
  [env.databaseUrlFile]: z.string().min(1).optional(),
});

/** Reads environment and credential files. Throws one TrailError that names every problem. */
export function parseDbInitConfig(environment: Readonly<Record<string, string | undefined>>): DbInitConfig {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const variable = String(issue.path[0]);
      return `${variable}='${environment[variable] ?? ''}' is not allowed (allowed: ${issue.message})`;
    });
    throw new TrailError('environment', problems.join('; '), 'correct the environment of trail db-init');
  }
  const values = parsed.data;
  return {
    host: values[env.databaseHost],
    port: values[env.databasePort],
    name: values[env.databaseName],
    role: values[env.databaseRole],
    admin: {
      user: readCredential(values[env.databaseAdminUsernameFile], env.databaseAdminUsernameFile),
      password: readCredential(values[env.databaseAdminPasswordFile], env.databaseAdminPasswordFile),
    },
    roleUrlFile: values[env.databaseUrlFile],
  };
}

function readCredential(path: string, variable: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new TrailError(
      'credential-unreadable',
      `${path}: ${code}`,
      `make ${variable} name a readable file`,
      {
        cause,
      },
    );
  }
  // Tools that write files like to end them with a line break; a credential never ends with one.
  const value = text.replace(/\r?\n$/, '');
  if (value !== '') return value;
  throw new TrailError(
    'credential-unreadable',
    `${path} is empty`,
    'check the Secret behind it and, with External Secrets, the ExternalSecret that fills it',
  );
}
