import { Argument, Command } from 'commander';
import type { EventId } from '../events/ids.ts';
import { systemClock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import { lateTakers } from '../service/late-takers.ts';
import { type LateTaker, type RetryOutcome, retryParked } from '../subscription/retry-parked.ts';
import { withCommandLedger } from './command-ledger.ts';
import { followerArgument, parseEventId } from './projections-arguments.ts';

export function projectionsRetryCommand(): Command {
  return new Command('retry')
    .description('take parked events after all; exit status 1 when one stays parked')
    .addArgument(followerArgument())
    .addArgument(new Argument('[eventId...]', 'as `projections list` shows it').argParser(parseEventId))
    .option('--all', 'all that are parked and not skipped')
    .addHelpText('after', help)
    .action((name: string, eventIds: EventId[] | undefined, { all = false }: { all?: boolean }) => {
      const named = eventIds ?? [];
      if (all === named.length > 0) throw new CodedError('USAGE', 'name events, or give --all');
      return withCommandLedger(async ({ store, pool, instance }, config) => {
        const taker = takerNamed(name, lateTakers(config, { instance, clock: systemClock }));
        const outcomes = await retryParked({ taker, pool, store }, all ? 'all' : named);
        for (const [eventId, outcome] of outcomes) process.stdout.write(`${eventId}: ${textOf(outcome)}\n`);
        if (outcomes.size === 0) process.stdout.write(`nothing of ${name} is parked\n`);
        if ([...outcomes.values()].some(({ outcome }) => outcome !== 'taken')) process.exitCode = 1;
      });
    });
}

const help = `
A push that notifier or trigger gets late is announced or triggered unless it is too old by then, or was already. What
they can take in the order of the log only is refused (RETRY_REFUSED): \`projections skip\` does without it.`;

function takerNamed(name: string, takers: readonly LateTaker[]): LateTaker {
  const taker = takers.find((known) => known.name === name);
  if (!taker) throw new CodedError('USAGE', `nothing with the name ${name} follows the log`);
  return taker;
}

function textOf(outcome: RetryOutcome): string {
  switch (outcome.outcome) {
    case 'taken':
      return 'taken';
    case 'failed':
      return `stays parked: ${outcome.error}`;
    case 'refused':
      return `stays parked: ${outcome.error.code}: ${outcome.error.message}`;
    case 'not-parked':
      return 'is not parked';
  }
}
