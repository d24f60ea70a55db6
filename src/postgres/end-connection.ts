import type { Client } from 'pg';
import type { Clock } from '../runtime/clock.ts';

/** How long the server may take over a goodbye, in milliseconds. */
const goodbyeMs = 1_000;

/**
 * Ends a connection. One whose other side is frozen never answers the goodbye: it is destroyed, so that a process
 * that stops neither waits for it nor is kept alive by it.
 */
export async function endConnection(client: Client, clock: Clock): Promise<void> {
  const ended = new AbortController();
  const tooLong = clock.sleep(goodbyeMs, ended.signal).then(
    () => void client.connection.stream.destroy(),
    () => undefined,
  );
  await Promise.race([client.end().catch(() => undefined), tooLong]);
  ended.abort();
}
