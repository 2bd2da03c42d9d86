import { Command } from 'commander';
import pino from 'pino';
import type { Context } from '../cli/context';
import { parseConfig } from './config';
import { runAggregator } from './service';

/** `trail aggregate`: the long-running service. Configured by its environment alone. */
export function create(context: Context): Command {
  return new Command('aggregate')
    .description('keep the exact record: read Goldmane, write edges to PostgreSQL')
    .action(async () => {
      const config = parseConfig(context.env);
      const log = pino(
        { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
        context.stdout,
      );
      await runAggregator(config, log, context.signal);
    });
}
