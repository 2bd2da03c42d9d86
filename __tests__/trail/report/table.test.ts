import { renderTable, type Column } from '../../../trail/report/table';

interface Row {
  readonly name: string;
  readonly count: number;
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', text: ({ name }) => name, minWidth: 8 },
  { title: 'COUNT', text: ({ count }) => String(count), align: 'right', optional: 1 },
];
const rows = [
  { name: 'a-name-of-some-length', count: 7 },
  { name: 'b', count: 1234 },
];
const lines = (width: number | undefined): string[] =>
  renderTable(rows, columns, { colour: false, width }, ({ count }) => count === 7).split('\n');

test('columns are aligned, numbers on the right', () => {
  expect(lines(undefined)).toEqual([
    'NAME                   COUNT',
    'a-name-of-some-length      7',
    'b                       1234',
    '',
  ]);
});

test('no line is wider than the terminal: names are cut first, then columns go', () => {
  expect(lines(20)[1]).toBe('a-name-of-so…      7');
  expect(lines(12)).toEqual(['NAME', 'a-name-of-s…', 'b', '']);
});

test('rows that matter are red where there is colour, and the text stays the same', () => {
  const coloured = renderTable(rows, columns, { colour: true, width: undefined }, ({ count }) => count === 7);
  expect(coloured).toContain('\u001b[31ma-name-of-some-length');
  // eslint-disable-next-line no-control-regex -- the codes are what is taken out
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '').split('\n')).toEqual(lines(undefined));
});

test('a hundred thousand rows are laid out, not waited for', () => {
  const many = Array.from({ length: 100_000 }, (_, count) => ({ name: `ns-${count}`, count }));
  expect(renderTable(many, columns, { colour: false, width: 80 }).split('\n')).toHaveLength(100_002);
});
