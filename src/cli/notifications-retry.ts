import { Argument, Command, InvalidArgumentError } from 'commander';
import { type MessageId, messageIdSchema } from '../events/ids.ts';
import { type RetryResult, retryNotifications } from '../notifier/retry-notifications.ts';
import { systemClock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson } from './output.ts';

export function notificationsRetryCommand(): Command {
  return new Command('retry')
    .description('have parked messages sent again; exit status 1 when one that was named is not parked')
    .addArgument(new Argument('[messageId...]', 'as `notifications list` shows it').argParser(parseMessageId))
    .option('--all', 'all that are parked')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nThe `serve` that sends messages takes them within seconds.')
    .action((messageIds: MessageId[] | undefined, options: { all?: boolean; json?: boolean }) => {
      const named = messageIds ?? [];
      const { all = false, json = false } = options;
      if (all === named.length > 0) throw new CodedError('USAGE', 'name messages, or give --all');
      return withCommandLedger(async ({ store, pool }) => {
        const retrying = { store, pool, clock: systemClock };
        const results = await retryNotifications(retrying, all ? null : named);
        if (json) printJson(results);
        else if (results.length === 0) process.stdout.write('no message is parked\n');
        else for (const result of results) process.stdout.write(`${lineOf(result)}\n`);
        if (results.some(({ outcome }) => outcome !== 'retried')) process.exitCode = 1;
      });
    });
}

function parseMessageId(text: string, before: readonly MessageId[] = []): MessageId[] {
  const id = messageIdSchema.safeParse(text);
  if (!id.success) throw new InvalidArgumentError(`${text}: a message id is a UUID, as \`list\` shows it`);
  return [...before, id.data];
}

function lineOf({ messageId, version, outcome }: RetryResult): string {
  switch (outcome) {
    case 'retried':
      return `${messageId} version ${version}: will be sent again`;
    case 'not-parked':
      return `${messageId}: is not parked`;
    case 'unknown':
      return `${messageId}: no such message`;
  }
}
