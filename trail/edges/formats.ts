import { Option, type Command } from 'commander';
import type { Context } from '../cli/context';
import { UsageError } from '../errors';
import { renderDot, renderMermaid, type GraphEdge } from './render-graph';

/** How rows are written. The first is for people, the others for programs; they never change their shape. */
export const FORMATS = ['table', 'json', 'ndjson', 'csv', 'dot', 'mermaid'] as const;

export type Format = (typeof FORMATS)[number];

export interface FormatOptions {
  readonly format?: Format;
  readonly json?: true;
}

/** Rows in all the forms that they can be written in. */
export interface Report {
  /** Names of the fields, in order; a CSV without rows still has its head. */
  readonly fields: readonly string[];
  readonly objects: readonly Readonly<Record<string, unknown>>[];
  readonly table: () => string;
  /** Left out where rows are no graph. */
  readonly graph?: () => readonly GraphEdge[];
}

/** Adds `--format` and its short form. */
export function addFormatOptions(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'how to write rows (default: table)').choices(FORMATS))
    .option('--json', 'the same as --format json: an array of objects');
}

/** The format that was asked for. Throws a UsageError where two are. */
export function chosenFormat({ format, json }: FormatOptions, isGraph: boolean): Format {
  if (json === true && format !== undefined && format !== 'json')
    throw new UsageError(`--json and --format ${format} contradict each other`, 'give one of them');
  const chosen = json === true ? 'json' : (format ?? 'table');
  if (!isGraph && (chosen === 'dot' || chosen === 'mermaid'))
    throw new UsageError(
      `these rows are no graph that --format ${chosen} could draw`,
      'use table, json, ndjson or csv',
    );
  return chosen;
}

/** Writes the rows to stdout. */
export function writeReport(report: Report, format: Format, { stdout }: Context): void {
  const { objects } = report;
  switch (format) {
    case 'table':
      if (objects.length > 0) stdout.write(report.table());
      break;
    case 'json':
      stdout.write(`${JSON.stringify(objects, undefined, 2)}\n`);
      break;
    case 'ndjson':
      for (const object of objects) stdout.write(`${JSON.stringify(object)}\n`);
      break;
    case 'csv':
      for (const line of [
        report.fields,
        ...objects.map((object) => report.fields.map((field) => object[field])),
      ])
        stdout.write(`${line.map(csvField).join(',')}\r\n`);
      break;
    case 'dot':
      stdout.write(renderDot(report.graph?.() ?? []));
      break;
    case 'mermaid':
      stdout.write(renderMermaid(report.graph?.() ?? []));
  }
}

/** RFC 4180; lists become words. */
function csvField(value: unknown): string {
  const text = Array.isArray(value) ? value.join(' ') : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
