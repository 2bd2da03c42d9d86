import { statementsOf } from '../../../../trail/store/migrations/statements';

test('a semicolon in a comment or in quoted text cuts a statement of a migration in two', () => {
  expect(
    statementsOf(`
      -- One; it's not the end.
      ALTER TABLE edge ADD COLUMN note text DEFAULT 'it''s; here'; -- done; really
      UPDATE edge SET note = '--';
      DELETE FROM edge;
    `),
  ).toEqual([
    "-- One; it's not the end.\n      ALTER TABLE edge ADD COLUMN note text DEFAULT 'it''s; here'",
    "-- done; really\n      UPDATE edge SET note = '--'",
    'DELETE FROM edge',
  ]);
});
