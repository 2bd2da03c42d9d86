import { parseAcknowledgements } from '../../review/acknowledgement';

const entry = { rule: 'a-rule', address: 'x.y', reason: 'a good reason', owner: 'me', expires: '2026-12-01' };
const problems = (...acknowledgements: object[]): readonly string[] => {
  const result = parseAcknowledgements({ acknowledgements }, ['a-rule', 'b-rule']);
  return 'problems' in result ? result.problems : [];
};

test('a complete one is taken, an empty file too', () => {
  expect(problems(entry)).toEqual([]);
  expect(parseAcknowledgements(null, [])).toEqual({ acknowledgements: [] });
});

test.each([
  ['rule', 'no-rule', 'the rules are a-rule, b-rule'],
  ['address', '*', 'only stars match everything'],
  ['address', '**', 'only stars match everything'],
  ['reason', 'ok', 'at least 10 characters'],
  ['owner', ' ', 'owner is empty'],
  ['expires', 'tomorrow', 'YYYY-MM-DD'],
  ['expires', '2026-02-30', 'YYYY-MM-DD'],
  ['until', '2026-12-01', 'unknown key "until"'],
])('%s: %s is refused', (key, value, message) => {
  expect(problems({ ...entry, [key]: value }).join()).toContain(message);
});

test('every problem is told at once', () => {
  const { rule, address, expires } = entry;
  expect(problems({ rule, address, expires })).toHaveLength(2);
});
