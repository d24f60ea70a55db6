import { renderConfigTable } from './reference.ts';

process.stdout.write(`${renderConfigTable()}\n`);
