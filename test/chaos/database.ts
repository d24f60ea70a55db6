import pg from 'pg';
import type { EventStore } from '../../src/event-store/event-store.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { openKurrentdbStore, openPostgresStore } from '../../src/service/event-store.ts';
import { withEmbedded } from './postgres.ts';
import type { System } from './system.ts';

/** The service's database, past the proxy. */
export async function withDatabase<T>(system: System, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withUrl(system, async (url) => {
    const client = new pg.Client({ connectionString: url, application_name: 'chaos', query_timeout: 30_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  });
}

/** The service's log, past the proxies. */
export async function withLog<T>(system: System, work: (store: EventStore) => Promise<T>): Promise<T> {
  return withUrl(system, async (url) => {
    const logger = createLogger('silent');
    const surroundings = { clock: systemClock, logger, signal: AbortSignal.timeout(120_000) };
    const pool = createPool(url, 'chaos', logger);
    const store = system.kurrentdb
      ? await openKurrentdbStore(
          { connectionString: `esdb://127.0.0.1:${system.kurrentdb.port}?tls=false`, remedy: '' },
          surroundings,
        )
      : openPostgresStore(url, pool, surroundings);
    try {
      return await work(store);
    } finally {
      await store.close();
      await pool.end();
    }
  });
}

function withUrl<T>({ databaseUrl, env }: System, work: (url: string) => Promise<T>): Promise<T> {
  return databaseUrl === null ? withEmbedded(env.PUSHLEDGER_DATA_DIR ?? '', work) : work(databaseUrl);
}
