import { type Database, type OpenDatabaseOptions, openDatabase } from './database.ts';
import { type Ledger, openLedgerIn } from './ledger.ts';

/** Opens the database and the ledger in it, and gives both back when the work has ended, however it ends. */
export async function withLedger<T>(
  options: OpenDatabaseOptions,
  work: (ledger: Ledger, database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(options);
  try {
    const { config, clock, logger, signal, supervise } = options;
    const ledger = await openLedgerIn(database.url, config, clock, logger, {
      signal,
      // Only a process that stays: a command that looks, with the wrong EVENT_STORE_URL, must not stop a service.
      checkpoints: supervise ? 'move' : 'keep',
    });
    try {
      return await work(ledger, database);
    } finally {
      await ledger.close();
    }
  } finally {
    await database.release();
  }
}
