import { Command } from 'commander';
import { allProjections } from '../projections/all.ts';
import { readStandings } from '../projections/standings.ts';
import type { ParkedEvent } from '../subscription/parking.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson, printTable } from './output.ts';

export function projectionsListCommand(): Command {
  return new Command('list')
    .description('how far each has followed the log, and the events that it could not take')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) =>
      withCommandLedger(async ({ store, pool }) => {
        const head = await store.head();
        const standings = (await readStandings(pool, allProjections)).map(
          ({ name, version, position, parked }) => ({
            name,
            version,
            position: String(position),
            lag: Math.max(0, Number(head - position)),
            parked: parked.filter(({ skippedAt }) => skippedAt === null).length,
            parkedEvents: parked.map(({ subscriber: _, ...event }) => event),
          }),
        );
        if (options.json) {
          printJson(standings);
          return;
        }
        printTable(
          ['projection', 'version', 'position', 'lag', 'parked'],
          standings.map(({ name, version, position, lag, parked }) => [
            name,
            version === null ? '-' : String(version),
            position,
            String(lag),
            String(parked),
          ]),
        );
        printParked(standings);
      }),
    );
}

function printParked(
  standings: readonly { name: string; parkedEvents: readonly Omit<ParkedEvent, 'subscriber'>[] }[],
): void {
  const rows = standings.flatMap(({ name, parkedEvents }) =>
    parkedEvents.map(({ eventId, type, attempts, parkedAt, skippedAt, error }) => [
      name,
      eventId,
      type,
      skippedAt ? 'skipped' : 'parked',
      String(attempts),
      parkedAt.toISOString(),
      error.split('\n', 1)[0] ?? '',
    ]),
  );
  if (rows.length === 0) return;
  process.stdout.write('\n');
  printTable(['projection', 'event id', 'type', 'state', 'attempts', 'since', 'error'], rows);
}
