/** A value that goes to the server beside the SQL, never inside it. */
export type Parameter = string | number | null | readonly string[];

/** One statement and its parameters; the row type says what `parse` makes of each row. */
export interface Query<Row> {
  readonly text: string;
  readonly values: readonly Parameter[];
  /** Columns come as text, number, boolean, null or arrays of them: the same by every way of asking. */
  readonly parse: (row: Readonly<Record<string, unknown>>) => Row;
}

/** Collects parameters while a statement is put together. */
export class Parameters {
  readonly values: Parameter[] = [];

  /** Adds a value and returns its placeholder, cast to `type`. */
  add(value: Parameter, type: 'text' | 'text[]' | 'float8' | 'int' | 'bigint' | 'date'): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}
