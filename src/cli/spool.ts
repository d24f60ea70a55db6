import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { spoolPath } from '../ingest/spool/place.ts';
import { openSpool, type Spool } from '../ingest/spool/spool.ts';
import { systemClock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import { createLogger } from '../runtime/logger.ts';
import { loadProcessConfig } from './load-config.ts';
import { printJson, printTable } from './output.ts';

/** More than anybody reads; `/webhook/health` counts them all. */
const maxListed = 1_000;

export function spoolCommand(): Command {
  const spool = new Command('spool').description('deliveries that wait for the event store');
  spool
    .command('list')
    .description('those that were refused for good and need you, then those that wait, by arrival')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) => {
      const entries = withSpool((opened) => opened.list(maxListed)) ?? [];
      if (options.json) printJson(entries);
      else {
        printTable(
          ['state', 'received', 'repository', 'event', 'delivery id', 'attempts', 'bytes', 'last failure'],
          entries.map((entry) => [
            entry.state,
            entry.receivedAt,
            entry.repository ?? '-',
            entry.event,
            entry.deliveryId,
            String(entry.attempts),
            String(entry.bytes),
            entry.reason?.replaceAll(/\s+/g, ' ') ?? '',
          ]),
        );
      }
    });
  spool
    .command('retry')
    .description('let deliveries that were refused for good be tried again')
    .argument('[deliveryId...]', 'those that spool list shows as parked')
    .option('--all', 'all of them')
    .action((deliveryIds: string[], options: { all?: boolean }) => {
      if ((options.all === true) === deliveryIds.length > 0) {
        throw new CodedError('USAGE', 'name delivery ids, or give --all');
      }
      const ids = deliveryIds.map((id) => id.toLowerCase());
      const wanted = options.all ? 'all' : ids;
      const count = withSpool((opened) => opened.retry(wanted)) ?? 0;
      process.stdout.write(`${count} made to wait again; a running serve takes them within seconds\n`);
      if (count === 0 && !options.all) process.exitCode = 1;
    });
  return spool;
}

/** Null where there is no spool, as nothing was ever spooled here. */
function withSpool<T>(work: (spool: Spool) => T): T | null {
  const config = loadProcessConfig();
  const path = spoolPath(config.dataDir);
  if (!existsSync(path)) return null;
  const logger = createLogger('silent', process.stderr);
  const spool = openSpool({ path, maxBytes: config.spoolMaxBytes, clock: systemClock, logger });
  try {
    const { state, lastError } = spool.status();
    if (state === 'broken') throw new Error(`the spool ${path} cannot be used: ${lastError}`);
    return work(spool);
  } finally {
    spool.close();
  }
}
