import type { Parameter, Query } from './queries/query';
import { READ_ONLY_SESSION } from './trail-reader';

/** Ends the rows of each query. No row begins with it: rows are JSON objects. */
const SEPARATOR = '--';

/**
 * Queries as a script for psql. Values are not in it: each is a psql variable, which psql quotes where the
 * script names it; the server casts it to the type that the query says.
 */
export function psqlScript(queries: readonly Query<unknown>[]): {
  readonly script: string;
  readonly variables: readonly (readonly [name: string, value: string])[];
} {
  const variables: (readonly [string, string])[] = [];
  const lines = READ_ONLY_SESSION.map((statement) => `${statement};`);
  for (const [index, { text, values }] of queries.entries()) {
    const name = `q${index}`;
    const given = values.map((value, at) => {
      if (value === null) return 'NULL';
      const variable = `${name}p${at}`;
      variables.push([variable, literal(value)]);
      return `:'${variable}'`;
    });
    lines.push(
      `PREPARE ${name} AS SELECT row_to_json(answer) FROM (${text}) AS answer;`,
      `EXECUTE ${name}${given.length === 0 ? '' : ` (${given.join(', ')})`};`,
      `\\echo ${SEPARATOR}`,
    );
  }
  return { script: `${lines.join('\n')}\n`, variables };
}

/** The rows of each query, from what psql printed with -A -t -q. */
export function parsePsqlOutput(output: string, queries: readonly Query<unknown>[]): unknown[][] {
  const answers: unknown[][] = [[]];
  for (const line of output.split('\n')) {
    if (line === SEPARATOR) answers.push([]);
    else if (line !== '') {
      const row = JSON.parse(line) as Readonly<Record<string, unknown>>;
      answers.at(-1)?.push(queries[answers.length - 1]?.parse(row));
    }
  }
  return answers.slice(0, queries.length);
}

function literal(value: Exclude<Parameter, null>): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return `{${value.map((each) => `"${each.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
