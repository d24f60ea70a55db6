import { Argument, Command } from 'commander';
import type { EventId } from '../events/ids.ts';
import { skipParked } from '../subscription/parking.ts';
import { withCommandLedger } from './command-ledger.ts';
import { followerArgument, parseEventId } from './projections-arguments.ts';

export function projectionsSkipCommand(): Command {
  return new Command('skip')
    .description(
      'do without parked events from now on: health does not mind them, and a rebuild leaves them out',
    )
    .addArgument(followerArgument())
    .addArgument(new Argument('<eventId...>', 'as `projections list` shows it').argParser(parseEventId))
    .action((name: string, eventIds: EventId[]) =>
      withCommandLedger(async ({ pool }) => {
        for (const eventId of eventIds) {
          const skipped = await skipParked(pool, name, eventId, new Date());
          process.stdout.write(`${eventId}: ${skipped ? 'skipped' : 'is not parked'}\n`);
          if (!skipped) process.exitCode = 1;
        }
      }),
    );
}
