import type { Pool } from 'pg';
import type { Config } from '../config/config.ts';
import type { MovableEventStore } from '../event-store/event-store.ts';
import { keepOrderAfterMove } from '../notifier/after-move.ts';
import { migrate, refuseNewerSchema } from '../postgres/migrate.ts';
import { createPool } from '../postgres/pool.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { allProjections } from '../projections/all.ts';
import { refuseIncompatibleTables } from '../projections/compatibility.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { allCheckpoints, type LogIdentity } from '../subscription/checkpoint.ts';
import { openLedger } from '../subscription/ledger.ts';
import { moveCheckpoints, refuseMovedCheckpoints } from '../subscription/move-checkpoints.ts';
import { openKurrentdbStore, openPostgresStore } from './event-store.ts';

const sharedTables = allProjections.flatMap(({ tables }) => tables).filter(({ shared }) => shared);

/** The log and the tables that are made from it, checked and ready. */
export interface Ledger {
  readonly store: MovableEventStore;
  readonly pool: Pool;
  readonly log: LogIdentity;
  /** The name of the Gitea server: the configured one, else the one that the first start took. */
  readonly instance: string;
  close(): Promise<void>;
}

export interface OpenLedgerOptions {
  /** Ends the wait for a store that does not answer. */
  readonly signal?: AbortSignal;
  /**
   * `move`: after the log was copied to this store, checkpoints are moved to where their events stand here. `keep`:
   * they are left alone, and refused; for a command that only looks, and must not take a service its places away.
   */
  readonly checkpoints?: 'move' | 'keep';
}

/**
 * Brings the schemas up to date, and opens the log that the checkpoints belong to.
 *
 * @throws CodedError SCHEMA_INCOMPATIBLE or LEDGER_MISMATCH: nothing was changed that these speak of;
 *   EVENT_STORE_UNREACHABLE when KurrentDB cannot be reached
 */
export async function openLedgerIn(
  databaseUrl: string,
  config: Config,
  clock: Clock,
  logger: Logger,
  { signal = new AbortController().signal, checkpoints = 'move' }: OpenLedgerOptions = {},
): Promise<Ledger> {
  const pool = createPool(databaseUrl, 'reader', logger);
  try {
    await prepareDatabase(databaseUrl, pool);
    const surroundings = { clock, logger, signal };
    const store = config.eventStoreUrl
      ? await openKurrentdbStore(
          { connectionString: config.eventStoreUrl.reveal(), remedy: 'check EVENT_STORE_URL' },
          surroundings,
        )
      : openPostgresStore(databaseUrl, pool, surroundings);
    try {
      const { ledgerId, instance } = await openLedger(store, clock.now(), config.instance);
      const log = { ledgerId, store: store.kind };
      if (checkpoints === 'move') {
        await moveCheckpoints({ pool, store, log, logger, onMove: keepOrderAfterMove });
      } else {
        await refuseMovedCheckpoints(store, log, await inTransaction(pool, allCheckpoints));
      }
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

/**
 * Brings the schemas up to date.
 *
 * @throws CodedError SCHEMA_INCOMPATIBLE or SCHEMA_NEWER: nothing was changed
 */
export async function prepareDatabase(databaseUrl: string, pool: Pool): Promise<void> {
  await inTransaction(pool, async (client) => {
    await refuseNewerSchema(client);
    await refuseIncompatibleTables(client, sharedTables);
  });
  await migrate(databaseUrl);
}
