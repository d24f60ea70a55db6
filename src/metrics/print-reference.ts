import { renderMetricsTable } from './reference.ts';

process.stdout.write(`${await renderMetricsTable()}\n`);
