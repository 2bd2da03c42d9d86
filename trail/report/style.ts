import { styleText } from 'node:util';

/** How text is written for one output: coloured or plain, and how wide. */
export interface Style {
  readonly colour: boolean;
  /** Columns of the terminal; undefined = no limit, as in a file or a pipe. */
  readonly width: number | undefined;
}

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Colour on a terminal only, and never with NO_COLOR; width from the terminal, or COLUMNS on one. */
export function styleOf(output: Output, env: Readonly<Record<string, string | undefined>>): Style {
  const terminal = output.isTTY === true;
  const forbidden = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  // A terminal that does not know its width says 0.
  const columns = output.columns ?? 0;
  const width = columns > 0 ? columns : 80;
  return { colour: terminal && !forbidden, width: terminal ? width : undefined };
}

/** Wraps `text` in the terminal's codes for `format` where the style has colour. */
export function paint(style: Style, format: Parameters<typeof styleText>[0], text: string): string {
  // The style has decided already; left to itself, node would ask the process's own stdout.
  return style.colour ? styleText(format, text, { validateStream: false }) : text;
}
