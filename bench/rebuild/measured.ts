import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { memoryEnv, rebuildFlags } from '../support/node-flags.ts';

/** What one measurement found, in a process of its own. */
export interface Measured {
  readonly what: string;
  readonly events: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** What Node alone computed, on all its threads: unlike the rate, hardly touched by what else the machine does. */
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
}

/** Runs a script that ends with `printMeasured`. */
export async function measureIn(script: URL, args: readonly string[]): Promise<Measured> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...rebuildFlags, fileURLToPath(script), ...args],
    { env: { ...process.env, ...memoryEnv } },
  );
  return JSON.parse(stdout) as Measured;
}

/** Measures `work`, which returns how many events it took, and prints one line of JSON. */
export async function printMeasured(what: string, work: () => Promise<number>): Promise<void> {
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  const events = await work();
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const measured: Measured = {
    what,
    events,
    seconds,
    perSecond: events / seconds,
    cpuMicrosPerEvent: (user + system) / events,
    peakRssMb: process.resourceUsage().maxRSS / 1_024,
  };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}
