import { Command } from 'commander';
import { pushesListCommand } from './pushes-list.ts';
import { pushesShowCommand } from './pushes-show.ts';

export function pushesCommand(): Command {
  return new Command('pushes')
    .description('the pushes that were recorded')
    .addCommand(pushesListCommand())
    .addCommand(pushesShowCommand());
}
