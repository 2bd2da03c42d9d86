import { paint, type Style } from './style';

/** Rows of a name and a list that goes on in the next line where the width ends. Ends with a line break. */
export function renderWrapped(
  head: readonly [string, string],
  rows: readonly (readonly [name: string, words: readonly string[]])[],
  style: Style,
): string {
  const left = Math.max(head[0].length, ...rows.map(([name]) => name.length)) + 2;
  const width = Math.max(20, (style.width ?? Number.POSITIVE_INFINITY) - left);
  const lines = [paint(style, 'bold', `${head[0].padEnd(left)}${head[1]}`)];
  for (const [name, words] of rows) {
    let start = name;
    let line = '';
    for (const [index, each] of words.entries()) {
      const word = index < words.length - 1 ? `${each},` : each;
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(`${start.padEnd(left)}${line}`);
        start = '';
        line = word;
      } else {
        line += `${line === '' ? '' : ' '}${word}`;
      }
    }
    lines.push(`${start.padEnd(left)}${line}`.trimEnd());
  }
  return `${lines.join('\n')}\n`;
}
