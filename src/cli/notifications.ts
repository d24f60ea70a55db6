import { Command } from 'commander';
import { notificationsListCommand } from './notifications-list.ts';
import { notificationsRetryCommand } from './notifications-retry.ts';

export function notificationsCommand(): Command {
  return new Command('notifications')
    .description('messages to the rooms')
    .addCommand(notificationsListCommand())
    .addCommand(notificationsRetryCommand());
}
