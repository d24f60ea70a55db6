import pg, { type Client, type Pool } from 'pg';
import type { MovableEventStore } from '../../../src/event-store/event-store.ts';
import {
  createPostgresEventStore,
  type PostgresEventStoreOptions,
} from '../../../src/event-store/postgres/postgres-event-store.ts';
import { migrate } from '../../../src/postgres/migrate.ts';
import { createPool } from '../../../src/postgres/pool.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { until } from '../../support/condition.ts';
import { createDatabase } from '../../support/database.ts';

export const silent = createLogger('silent');

/** A log of its own in PostgreSQL, with a connection that watches the others. */
export interface PostgresLog {
  readonly url: string;
  readonly pool: Pool;
  /** For looking and for interfering; `terminate` spares it. */
  readonly admin: Client;
  open(options?: Partial<PostgresEventStoreOptions>): MovableEventStore;
  /** Ends the connections whose application name is like this, and says how many there were. */
  terminate(applicationName?: string): Promise<number>;
  /** How many connections have this application name. */
  connections(applicationName: string): Promise<number>;
  /** Makes all appends wait, until the function that it gives is called. */
  holdAppends(): Promise<() => Promise<void>>;
  /** Resolves when so many appends wait for the hold to end. */
  appendsWaiting(count: number): Promise<unknown>;
  close(): Promise<void>;
}

/** The key of the advisory lock in `append_events`. */
const appendLock = '5775043121';

export async function createPostgresLog(): Promise<PostgresLog> {
  const database = await createDatabase();
  await migrate(database.url);
  const pool = createPool(database.url, 'reader', silent);
  const admin = new pg.Client({ connectionString: database.url, application_name: 'test admin' });
  // Its goodbye may cross that of a database which is dropped.
  admin.on('error', () => undefined);
  await admin.connect();
  const stores: MovableEventStore[] = [];
  const ask = async (query: string, values: readonly unknown[]) => {
    const { rows } = await admin.query<{ count: number }>(query, [...values]);
    return rows[0]?.count ?? 0;
  };

  return {
    url: database.url,
    pool,
    admin,
    open(options = {}) {
      const store = createPostgresEventStore({
        databaseUrl: database.url,
        pool,
        clock: systemClock,
        logger: silent,
        ...options,
      });
      stores.push(store);
      return store;
    },
    terminate: (applicationName = 'pushledger %') =>
      ask(
        `select count(pg_terminate_backend(pid))::int as count from pg_stat_activity
         where datname = current_database() and application_name like $1 and pid <> pg_backend_pid()`,
        [applicationName],
      ),
    connections: (applicationName) =>
      ask(
        `select count(*)::int as count from pg_stat_activity
         where datname = current_database() and application_name = $1`,
        [applicationName],
      ),
    async holdAppends() {
      await admin.query(`select pg_advisory_lock(${appendLock})`);
      return async () => {
        await admin.query(`select pg_advisory_unlock(${appendLock})`);
      };
    },
    appendsWaiting: (count) =>
      until(`${count} appends that wait`, async () => {
        const waiting = await ask(
          `select count(*)::int as count from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like '%append_events%'`,
          [],
        );
        return waiting === count;
      }),
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      await pool.end();
      await admin.end();
      await database.drop();
    },
  };
}
