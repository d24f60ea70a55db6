import { Argument, Command, InvalidArgumentError } from 'commander';
import { type PushId, pushIdSchema } from '../events/ids.ts';
import { systemClock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import { type RetryOutcome, retryTriggers } from '../trigger/retry-triggers.ts';
import { withCommandLedger } from './command-ledger.ts';

export function triggersRetryCommand(): Command {
  return new Command('retry')
    .description('trigger DAGs after all that were parked or had expired; exit status 1 when one was neither')
    .addArgument(
      new Argument('[pushId...]', 'as `triggers list` shows it').argParser((text, before: PushId[] = []) => [
        ...before,
        parsePushId(text),
      ]),
    )
    .option('--all', 'all that are parked or have expired')
    .addHelpText('after', '\nA `serve` that triggers takes them up at once, or when it is started.')
    .action((pushIds: PushId[] | undefined, { all = false }: { all?: boolean }) => {
      const named = pushIds ?? [];
      if (all === named.length > 0) throw new CodedError('USAGE', 'name pushes, or give --all');
      return withCommandLedger(async ({ store, pool }, config) => {
        const options = { store, pool, clock: systemClock, maxAgeMs: config.dagEngine.maxAgeMs };
        const outcomes = await retryTriggers(options, all ? 'all' : named);
        for (const [pushId, outcome] of outcomes) process.stdout.write(`${pushId}: ${texts[outcome]}\n`);
        if (outcomes.size === 0) process.stdout.write('nothing is parked, and nothing has expired\n');
        if ([...outcomes.values()].some((outcome) => outcome !== 'retried')) process.exitCode = 1;
      });
    });
}

const texts: Readonly<Record<RetryOutcome, string>> = {
  retried: 'is triggered again',
  due: 'waits for dag_engine as it is',
  triggered: 'was triggered already',
  none: 'no DAG is configured for its repository',
  unknown: 'was ignored, is from before there was a dag_engine, or is no push at all',
};

function parsePushId(text: string): PushId {
  const { success, data } = pushIdSchema.safeParse(text);
  if (success) return data;
  throw new InvalidArgumentError(`${text}: a push id is a UUID, as \`triggers list\` shows it`);
}
