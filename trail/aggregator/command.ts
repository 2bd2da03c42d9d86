import { Command, InvalidArgumentError } from 'commander';
import { setFlagsFromString } from 'node:v8';
import pino from 'pino';
import type { Context } from '../cli/context';
import { parseConfig } from './config';
import { runAggregator } from './service';

/** `trail aggregate`: the long-running service. Configured by its environment alone. */
export function create(context: Context): Command {
  return new Command('aggregate')
    .description('keep the exact record: read Goldmane, write edges to PostgreSQL')
    .option(
      '--startup-patience <seconds>',
      'how long a start waits for Goldmane and PostgreSQL to come up before it fails',
      seconds,
      15,
    )
    .action(async (options: { startupPatience: number }) => {
      const config = parseConfig(context.env);
      boundMemory();
      const log = pino(
        { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
        context.stdout,
      );
      await runAggregator(config, { patienceSeconds: options.startupPatience }, log, context.signal);
    });
}

/**
 * Keeps V8's young generation at its first size, 1 MiB a half. It would grow to 16, and with it what waits to be
 * collected: each chunk from the network weighs little there, but holds 64 KiB beside it. And has V8 collect the old
 * generation after less growth: the buffers of a large write would otherwise wait there, 12 MiB at the peak.
 */
function boundMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
}

function seconds(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Allowed: whole seconds from 0 to 9999.');
}
