import type { Config } from '../config/config.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import type { Database } from '../service/database.ts';
import type { Ledger } from '../service/ledger.ts';
import { withLedger } from '../service/with-ledger.ts';
import { loadProcessConfig } from './load-config.ts';
import { untilSignal } from './signals.ts';

/**
 * The ledger for one command. Beside a running `serve` it shares the embedded database; alone it starts one and stops
 * it again.
 */
export async function withCommandLedger(
  work: (ledger: Ledger, config: Config, signal: AbortSignal, database: Database) => Promise<void>,
): Promise<void> {
  const config = loadProcessConfig();
  const { signal } = untilSignal();
  // A command's output is its result: only what went wrong is logged, to stderr.
  const logger = createLogger('warn', process.stderr);
  await withLedger({ config, clock: systemClock, logger, signal }, (ledger, database) =>
    work(ledger, config, signal, database),
  );
}
