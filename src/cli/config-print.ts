import { Command } from 'commander';
import { printableConfig } from '../config/printable.ts';
import { loadProcessConfig } from './load-config.ts';
import { printJson, printTable } from './output.ts';

export function configCommand(): Command {
  const config = new Command('config').description('look at the configuration');
  config
    .command('print')
    .description('every setting with its value and where it came from; secrets are masked')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) => {
      const printable = printableConfig(loadProcessConfig());
      if (options.json) printJson(printable);
      else {
        printTable(
          ['setting', 'value', 'from'],
          Object.entries(printable).map(([name, { value, source }]) => [name, text(value), source]),
        );
      }
    });
  return config;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
