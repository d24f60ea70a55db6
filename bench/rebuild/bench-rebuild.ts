import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { migrate } from '../../src/postgres/migrate.ts';
import { withPostgres } from '../support/postgres.ts';
import { writeResult } from '../support/results.ts';
import { seedPushes } from './seed.ts';

interface Measured {
  readonly what: string;
  readonly events: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** What Node alone computed, on all its threads: unlike the rate, hardly touched by what else the machine does. */
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
}

const sizes = [200_000, 1_000_000];
/** As `bin/run-with-node` has it: without a limit the young generation grows until pages count as old. */
const nodeFlags = ['--max-semi-space-size=16'];

/**
 * All three projections rebuilt in one pass, beside reading alone and beside the least that a projection can do.
 * `npm run bench -- rebuild [pushes…]`. The rebuild checks that it finds no difference to the live rows.
 */
export async function benchRebuild(args: readonly string[]): Promise<void> {
  const results: Record<number, Measured[]> = {};
  for (const size of args.length > 0 ? args.map(Number) : sizes) {
    await withPostgres(async (databaseUrl) => {
      await migrate(databaseUrl);
      await seedPushes(databaseUrl, size);
      await measure(databaseUrl, 'fill');
      await expectRows(databaseUrl, size);
      const measured = [];
      for (const what of ['reading', 'ceiling', 'rebuild']) measured.push(await measure(databaseUrl, what));
      results[size] = measured;
      process.stdout.write(`rebuild of ${size} pushes\n`);
      for (const one of measured) process.stdout.write(`  ${line(one)}\n`);
      const [, ceiling, rebuilt] = measured;
      if (ceiling && rebuilt) {
        process.stdout.write(
          `  rebuild is ${(rebuilt.perSecond / ceiling.perSecond).toFixed(2)} of the ceiling\n`,
        );
      }
    });
  }
  writeResult('rebuild', { results });
}

async function measure(databaseUrl: string, what: string): Promise<Measured> {
  const script = fileURLToPath(new URL('measure.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...nodeFlags, script, databaseUrl, what]);
  return JSON.parse(stdout) as Measured;
}

async function expectRows(databaseUrl: string, size: number): Promise<void> {
  const [row] = await execute(
    databaseUrl,
    `select (select count(*)::int from data_factory.runs) as runs, (select count(*)::int from pushledger.pushes) as pushes,
            (select count(*)::int from call_monitor.calls) as calls, (select sum(run_count)::int from data_factory.nodes) as counted`,
  );
  const expected = { runs: size, pushes: size, calls: 3 * size, counted: size };
  if (JSON.stringify(row) !== JSON.stringify(expected)) throw new Error(`wrong rows: ${JSON.stringify(row)}`);
}

async function execute(databaseUrl: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

function line({ what, events, seconds, perSecond, cpuMicrosPerEvent, peakRssMb }: Measured): string {
  return `${what.padEnd(8)} ${perSecond.toFixed(0).padStart(8)} events/s  ${seconds.toFixed(1)} s for ${events}  Node ${cpuMicrosPerEvent.toFixed(0)} µs of CPU an event  peak RSS ${peakRssMb.toFixed(0)} MB`;
}
