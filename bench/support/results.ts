import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const folder = new URL('../results/', import.meta.url);

/** Writes `bench/results/<name>.json`, with what the figures were taken on. */
export function writeResult(name: string, figures: object): void {
  mkdirSync(folder, { recursive: true });
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify({ machine, ...figures }, null, 2)}\n`);
}
