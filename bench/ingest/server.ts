import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { createPostgresEventStore } from '../../src/event-store/postgres/postgres-event-store.ts';
import { startOfLog } from '../../src/events/ids.ts';
import { ignoreNothing } from '../../src/events/ignore-rules.ts';
import { buildServer } from '../../src/http/server.ts';
import { recordSpooled } from '../../src/ingest/record-spooled.ts';
import { registerIngestRoute } from '../../src/ingest/route.ts';
import { spoolPath } from '../../src/ingest/spool/place.ts';
import { createSpooling } from '../../src/ingest/spool/spooling.ts';
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
const recorder = { store: mode === 'append' ? real : withoutAppend, clock: systemClock };
const understanding = { instance: 'bench', owner: null, ignore: ignoreNothing };
// As in production: deliveries of one repository go one after the other, and what is late goes to the spool.
const spoolFolder = mkdtempSync(join(tmpdir(), 'pushledger-bench-spool-'));
const spooling = createSpooling({
  path: spoolPath(spoolFolder),
  maxBytes: 2 ** 30,
  spoolAfterMs: 2_000,
  record: (delivery) => recordSpooled(recorder, understanding, delivery),
  clock: systemClock,
  logger,
});
const stopping = new AbortController();
const draining = spooling.run(stopping.signal);
const app = buildServer(logger);
registerIngestRoute(app, {
  ...recorder,
  ...understanding,
  secrets: [{ name: 'bench', reveal: () => secret }],
  ...(mode === 'append' && { intake: spooling.intake }),
  bodyLimit: 8 * 1_024 * 1_024,
});
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.on('SIGTERM', async () => {
  await app.close();
  stopping.abort();
  await draining;
  spooling.close();
  rmSync(spoolFolder, { recursive: true });
  await real.close();
  await pool.end();
});
