import { Command } from 'commander';
import { env, paths, ports } from '../../contract';
import type { Context } from '../cli/context';
import { parseDbInitConfig } from './config';
import { initializeDatabase, type DbInitReport } from './initialize-database';

/** `trail db-init`: makes, or confirms, the trail's role and database. */
export function create(context: Context): Command {
  return new Command('db-init')
    .description("make, or confirm, the trail's database and the role that owns it")
    .addHelpText(
      'after',
      `
Environment:
  ${env.databaseHost}                 PostgreSQL server
  ${env.databasePort}                 its port (default ${ports.postgres})
  ${env.databaseAdminUsernameFile}  file with the name of a role that may make roles and databases
                                (default ${paths.databaseAdminUsername})
  ${env.databaseAdminPasswordFile}  file with its password (default ${paths.databaseAdminPassword})
  ${env.databaseName}, ${env.databaseRole}  what is made
  ${env.databaseUrlFile}             file with a connection string: the role gets the password in it
                                (default: the password is left to others, e.g. Vault)

Connects over TLS where the server offers it. Running it again changes nothing.`,
    )
    .action(async () => {
      const config = parseDbInitConfig(context.env);
      const report = await initializeDatabase(config);
      context.stdout.write(`${describe(report, config.role, config.name)}\n`);
    });
}

function describe(report: DbInitReport, role: string, name: string): string {
  return [
    `role "${role}" ${report.role}`,
    `database "${name}" ${report.database}`,
    `rights ${report.rights}`,
    ...(report.password === undefined ? [] : [`password ${report.password}`]),
    report.encrypted ? 'over TLS' : 'without TLS: the server offers none',
  ].join(', ');
}
