import { paint, type Style } from './style';

/** One column of a table of `T`. */
export interface Column<T> {
  readonly title: string;
  readonly text: (row: T) => string;
  /** Numbers stand right. @default left */
  readonly align?: 'left' | 'right';
  /** May be cut with … where the terminal is narrow, down to so many columns. @default never cut */
  readonly minWidth?: number;
  /** Left out first where the width does not suffice; the highest goes first. @default always shown */
  readonly optional?: number;
}

const GAP = 2;
/**
 * Aligned columns without borders that fit the style's width: columns that may go are left out, then columns
 * that may be cut are cut. `highlight` marks rows that matter. Ends with a line break.
 */
export function renderTable<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  style: Style,
  highlight: (row: T) => boolean = () => false,
): string {
  const { shown, widths } = fit(rows, columns, style.width);
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => cell(text, widths[index] ?? 0, shown[index]?.align))
      .join(' '.repeat(GAP))
      .trimEnd();
  const lines = rows.map((row) => {
    const text = line(shown.map((column) => column.text(row)));
    return highlight(row) ? paint(style, 'red', text) : text;
  });
  const head = line(shown.map(({ title }) => title));
  return `${[paint(style, 'bold', head), ...lines].join('\n')}\n`;
}

function cell(text: string, width: number, align: Column<never>['align']): string {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width);
}

function fit<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  width: number | undefined,
): { readonly shown: readonly Column<T>[]; readonly widths: number[] } {
  let shown = [...columns];
  const natural = (column: Column<T>): number =>
    rows.reduce((most, row) => Math.max(most, column.text(row).length), column.title.length);
  const naturals = new Map(columns.map((column) => [column, natural(column)]));
  const total = (widths: readonly number[]): number =>
    widths.reduce((sum, each) => sum + each, GAP * Math.max(0, widths.length - 1));
  const floor = (column: Column<T>): number =>
    Math.min(naturals.get(column) ?? 0, column.minWidth ?? Infinity);
  if (width !== undefined) {
    const removable = columns
      .filter(({ optional }) => optional !== undefined)
      .sort((a, b) => (b.optional ?? 0) - (a.optional ?? 0));
    for (const column of removable) {
      if (total(shown.map(floor)) <= width) break;
      shown = shown.filter((each) => each !== column);
    }
  }
  const widths = shown.map((column) => naturals.get(column) ?? 0);
  if (width !== undefined) {
    // The widest column that can still give gives, one at a time, so that names stay about equally readable.
    for (let excess = total(widths) - width; excess > 0; excess--) {
      let widest = -1;
      for (const [index, column] of shown.entries()) {
        const can = (widths[index] ?? 0) > floor(column);
        if (can && (widest < 0 || (widths[index] ?? 0) > (widths[widest] ?? 0))) widest = index;
      }
      if (widest < 0) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
    }
  }
  return { shown, widths };
}
