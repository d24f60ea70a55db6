import { Command, Option } from 'commander';
import { listNotifications, type Notification } from '../notifier/list-notifications.ts';
import { type NotificationState, notificationStates } from '../notifier/notification-state.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson, printTable } from './output.ts';
import { parseLimit } from './pushes-arguments.ts';

interface ListOptions {
  readonly state?: NotificationState;
  readonly room?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function notificationsListCommand(): Command {
  return new Command('list')
    .description('messages, each version of one, and what became of them, the newest first')
    .addOption(new Option('--state <state>', 'only those of one state').choices(notificationStates))
    .option('--room <room>', 'only those to this room, named as in the configuration')
    .option('--limit <n>', 'at most so many', parseLimit, 50)
    .option('--json', 'as JSON')
    .action((options: ListOptions) =>
      withCommandLedger(async ({ pool }) => {
        const found = await listNotifications(pool, options);
        if (options.json) printJson(found);
        else {
          printTable(
            ['state', 'planned', 'room', 'message id', 'version', 'pushes', 'text'],
            found.map((message) => [
              message.state,
              message.plannedAt.toISOString(),
              message.room,
              message.messageId,
              String(message.version),
              String(message.pushIds.length),
              textOf(message),
            ]),
          );
        }
      }),
    );
}

/** Why it is parked; else how it begins. */
function textOf({ state, reason, content }: Notification): string {
  if (state === 'parked' && reason !== null) return reason.replaceAll(/\s+/g, ' ');
  return String(content.body).split('\n', 1)[0] ?? '';
}
