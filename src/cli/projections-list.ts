import { Command } from 'commander';
import { reportHealth } from '../health/report.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson, printTable } from './output.ts';

export function projectionsCommand(): Command {
  const projections = new Command('projections').description('what is made from the log');
  projections
    .command('list')
    .description('how far each has followed the log')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) =>
      withCommandLedger(async ({ store, pool }, config) => {
        const health = await reportHealth({
          store,
          pool,
          subscribers: () => [],
          notifier: () => null,
          details: config.healthDetails,
        });
        if (options.json) printJson(health.projections);
        else {
          printTable(
            ['projection', 'position', 'lag'],
            health.projections.map(({ name, position, lag }) => [name, position, String(lag ?? 'unknown')]),
          );
        }
      }),
    );
  return projections;
}
