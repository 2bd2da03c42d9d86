import type { ClientBase } from 'pg';

/** Ends a connection at once, without a word to a server that may not hear it. What waits for it fails. */
export function hangUp(client: ClientBase): void {
  const { connection } = client as unknown as { connection?: { stream?: { destroy(): void } } };
  connection?.stream?.destroy();
}
