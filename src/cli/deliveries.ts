import { Command } from 'commander';
import { deliveriesListCommand } from './deliveries-list.ts';
import { deliveriesReprocessCommand } from './deliveries-reprocess.ts';

export function deliveriesCommand(): Command {
  return new Command('deliveries')
    .description('deliveries that were signed correctly and were no valid push')
    .addCommand(deliveriesListCommand())
    .addCommand(deliveriesReprocessCommand());
}
