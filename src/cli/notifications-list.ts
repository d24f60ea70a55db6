import { Command, InvalidArgumentError, Option } from 'commander';
import { listNotifications, type NotificationState } from '../notifier/list-notifications.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson, printTable } from './output.ts';

const states: readonly NotificationState[] = ['planned', 'sent', 'parked'];

export function notificationsCommand(): Command {
  const notifications = new Command('notifications').description('messages to the rooms');
  notifications
    .command('list')
    .description('messages and what became of them, the newest first')
    .addOption(new Option('--state <state>', 'only those of one state').choices([...states]))
    .option('--limit <n>', 'at most so many', parseLimit, 50)
    .option('--json', 'as JSON')
    .action((options: { state?: NotificationState; limit: number; json?: boolean }) =>
      withCommandLedger(async ({ pool }) => {
        const found = await listNotifications(pool, options);
        if (options.json) printJson(found);
        else {
          printTable(
            ['state', 'planned', 'room', 'message id', 'text'],
            found.map((message) => [
              message.state,
              message.plannedAt.toISOString(),
              message.room,
              message.messageId,
              message.reason ?? String(message.content.body).split('\n', 1)[0] ?? '',
            ]),
          );
        }
      }),
    );
  return notifications;
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1)
    throw new InvalidArgumentError('a whole number from 1 is expected');
  return limit;
}
