import type { Config } from '../config/config.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import { openDatabase } from '../service/database.ts';
import { type Ledger, openLedgerIn } from '../service/ledger.ts';
import { loadProcessConfig } from './load-config.ts';
import { untilSignal } from './signals.ts';

/**
 * Opens the ledger for one command and gives everything back afterwards. A command beside a running `serve` shares
 * its embedded database; alone it starts one and stops it again.
 */
export async function withLedger(work: (ledger: Ledger, config: Config) => Promise<void>): Promise<void> {
  const config = loadProcessConfig();
  // A command's output is its result: only what went wrong is logged, to stderr.
  const logger = createLogger('warn', process.stderr);
  const clock = systemClock;
  const database = await openDatabase({ config, clock, logger, signal: untilSignal().signal });
  try {
    const ledger = await openLedgerIn(database.url, config, clock, logger);
    try {
      await work(ledger, config);
    } finally {
      await ledger.close();
    }
  } finally {
    await database.release();
  }
}
