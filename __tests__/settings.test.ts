import { parseSettings, SettingsError } from '../settings';

test('an empty file means the defaults', () => {
  expect(parseSettings(undefined).cluster).toBe('default');
});

test('every problem is reported at once, with path, value and what is allowed', () => {
  const attempt = (): unknown =>
    parseSettings({ cluster: 'Not Valid', calicoo: {}, aggregator: { typo: 1 } }, 'my.yaml');
  expect(attempt).toThrow(SettingsError);
  expect(attempt).toThrow(/my\.yaml: 3 problems/);
  expect(attempt).toThrow(/cluster: "Not Valid" is not allowed; allowed: lower-case letters/);
  expect(attempt).toThrow(/calicoo: unknown key/);
  expect(attempt).toThrow(/aggregator\.typo: unknown key/);
});

test('a wrong choice between shapes is told with the choices', () => {
  expect(() => parseSettings({ terraform: { backend: { type: 's3' } } })).toThrow(
    /terraform\.backend\.type: "s3" is not allowed; allowed: "local", "pg", "other"/,
  );
});
