import { Command } from 'commander';
import { triggersListCommand } from './triggers-list.ts';
import { triggersRetryCommand } from './triggers-retry.ts';

export function triggersCommand(): Command {
  return new Command('triggers')
    .description('DAGs that pushes start in dag_engine')
    .addCommand(triggersListCommand())
    .addCommand(triggersRetryCommand());
}
