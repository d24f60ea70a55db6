import type { Pool } from 'pg';
import type { Config } from '../config/config.ts';
import type { EventStore } from '../event-store/event-store.ts';
import { createPostgresEventStore } from '../event-store/postgres/postgres-event-store.ts';
import { migrate } from '../postgres/migrate.ts';
import { createPool } from '../postgres/pool.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { refuseIncompatibleTables } from '../projections/compatibility.ts';
import { dataFactoryTables } from '../projections/data-factory/tables.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { type LogIdentity, refuseForeignCheckpoints } from '../subscription/checkpoint.ts';
import { openLedger } from '../subscription/ledger.ts';

/** The log and the tables that are made from it, checked and ready. */
export interface Ledger {
  readonly store: EventStore;
  readonly pool: Pool;
  readonly log: LogIdentity;
  /** The name of the Gitea server: the configured one, else the one that the first start took. */
  readonly instance: string;
  close(): Promise<void>;
}

/**
 * Brings the schemas up to date, and opens the log that the checkpoints belong to.
 *
 * @throws CodedError SCHEMA_INCOMPATIBLE or LEDGER_MISMATCH: nothing was changed that these speak of
 */
export async function openLedgerIn(
  databaseUrl: string,
  config: Config,
  clock: Clock,
  logger: Logger,
): Promise<Ledger> {
  const pool = createPool(databaseUrl, 'reader', logger);
  try {
    await inTransaction(pool, (client) => refuseIncompatibleTables(client, dataFactoryTables));
    await migrate(databaseUrl);
    const store = createPostgresEventStore({ databaseUrl, pool, clock, logger });
    try {
      const { ledgerId, instance } = await openLedger(store, clock.now(), config.instance);
      const log = { ledgerId, store: store.kind };
      await inTransaction(pool, (client) => refuseForeignCheckpoints(client, log));
      return {
        store,
        pool,
        log,
        instance: config.sources.instance === 'default' ? instance : config.instance,
        async close() {
          await store.close();
          await pool.end();
        },
      };
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    await pool.end();
    throw error;
  }
}
