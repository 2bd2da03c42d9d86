import { eventually } from '../../../support/eventually';
import { freshDatabase } from '../../../support/postgres';
import { Scene } from '../../../support/scene';
import { connectionThat } from '../../../support/slow-commits';
import { withDatabase } from '../../../support/trail-database';

jest.setTimeout(60_000);

test('a database that ends the connection in the middle of a start is tried again', async () => {
  const scene = await Scene.open({ database: await freshDatabase() });
  const { adminUrl } = scene.database;
  try {
    scene.pass(10);
    const aggregator = await withDatabase(adminUrl, async (holder) => {
      await holder.query('BEGIN');
      // The first migration waits for this name.
      await holder.query('CREATE TABLE edge (held boolean)');
      const starting = scene.start();
      for (let end = 0; end < 2; end++) {
        await connectionThat(adminUrl, "wait_event_type = 'Lock'");
        await withDatabase(adminUrl, (client) =>
          client.query(
            `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'trail'`,
          ),
        );
      }
      await holder.query('ROLLBACK');
      return starting;
    });
    await eventually(() => aggregator.logged('reading the flow stream'), 'it has started');
    await scene.exact();
    expect(aggregator.stderr).toBe('');
  } finally {
    await scene.close();
  }
});
