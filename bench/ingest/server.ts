import type { EventStore } from '../../src/event-store/event-store.ts';
import { createPostgresEventStore } from '../../src/event-store/postgres/postgres-event-store.ts';
import { startOfLog } from '../../src/events/ids.ts';
import { buildServer } from '../../src/http/server.ts';
import { registerIngestRoute } from '../../src/ingest/route.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';

/**
 * The hook route in a process of its own: `node server.ts <database url> append|no-append <secret>`. Prints its
 * address, ends on SIGTERM. Logs go to stdout's file as in production, at the default level.
 */
const [databaseUrl = '', mode = '', secret = ''] = process.argv.slice(2);
const logger = createLogger('info', process.stderr);
const pool = createPool(databaseUrl, 'bench', logger);
await migrate(databaseUrl);
const real = createPostgresEventStore({ databaseUrl, pool, clock: systemClock, logger });
const withoutAppend: EventStore = {
  ...real,
  append: () => Promise.resolve({ outcome: 'stored', position: startOfLog }),
};
const app = buildServer(logger);
registerIngestRoute(app, {
  store: mode === 'append' ? real : withoutAppend,
  clock: systemClock,
  secrets: [{ name: 'bench', reveal: () => secret }],
  instance: 'bench',
  owner: null,
  ignoredPushers: [],
  bodyLimit: 8 * 1_024 * 1_024,
});
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.on('SIGTERM', async () => {
  await app.close();
  await real.close();
  await pool.end();
});
