import { Argument, Command } from 'commander';
import type { EventId } from '../events/ids.ts';
import { type RetryOutcome, retryParked } from '../projections/retry-parked.ts';
import { CodedError } from '../runtime/errors.ts';
import { withCommandLedger } from './command-ledger.ts';
import { parseEventId, projectionArgument, projectionNamed } from './projections-arguments.ts';

export function projectionsRetryCommand(): Command {
  return new Command('retry')
    .description('project parked events after all; exit status 1 when one stays parked')
    .addArgument(projectionArgument())
    .addArgument(new Argument('[eventId...]', 'as `projections list` shows it').argParser(parseEventId))
    .option('--all', 'all that are parked and not skipped')
    .action((name: string, eventIds: EventId[] | undefined, { all = false }: { all?: boolean }) => {
      const named = eventIds ?? [];
      if (all === named.length > 0) throw new CodedError('USAGE', 'name events, or give --all');
      return withCommandLedger(async ({ store, pool }) => {
        const options = { projection: projectionNamed(name), pool, store };
        const outcomes = await retryParked(options, all ? 'all' : named);
        for (const [eventId, outcome] of outcomes) process.stdout.write(`${eventId}: ${textOf(outcome)}\n`);
        if (outcomes.size === 0) process.stdout.write(`nothing of ${name} is parked\n`);
        if ([...outcomes.values()].some(({ outcome }) => outcome !== 'projected')) process.exitCode = 1;
      });
    });
}

function textOf(outcome: RetryOutcome): string {
  switch (outcome.outcome) {
    case 'projected':
      return 'projected';
    case 'failed':
      return `stays parked: ${outcome.error}`;
    case 'not-parked':
      return 'is not parked';
  }
}
