import { Command } from 'commander';
import { projectionsListCommand } from './projections-list.ts';
import { projectionsRetryCommand } from './projections-retry.ts';
import { projectionsSkipCommand } from './projections-skip.ts';

export function projectionsCommand(): Command {
  return new Command('projections')
    .description('what is made from the log, and the events that could not be taken')
    .addCommand(projectionsListCommand())
    .addCommand(projectionsRetryCommand())
    .addCommand(projectionsSkipCommand());
}
