import { type Database, type OpenDatabaseOptions, openDatabase } from './database.ts';
import { type Ledger, openLedgerIn } from './ledger.ts';

/** Opens the database and the ledger in it, and gives both back when the work has ended, however it ends. */
export async function withLedger<T>(
  options: OpenDatabaseOptions,
  work: (ledger: Ledger, database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(options);
  try {
    const ledger = await openLedgerIn(database.url, options.config, options.clock, options.logger);
    try {
      return await work(ledger, database);
    } finally {
      await ledger.close();
    }
  } finally {
    await database.release();
  }
}
