import { startPostgres } from '../../demo/postgres/start';

// A program that starts a server and then just lives, for tests that end it in rude ways.
void startPostgres().then(({ pid, port }) => {
  process.stdout.write(`${JSON.stringify({ pid, port })}\n`);
  setInterval(() => undefined, 60_000);
});
