import { Command } from 'commander';
import type { Context } from '../cli/context';

/** `trail aggregate` */
export function create(_context: Context): Command {
  return new Command('aggregate');
}
