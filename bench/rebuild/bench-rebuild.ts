import pg from 'pg';
import { migrate } from '../../src/postgres/migrate.ts';
import { withPostgres } from '../support/postgres.ts';
import { writeResult } from '../support/results.ts';
import { measureEmmett } from './emmett/beside-emmett.ts';
import { type Measured, measureIn } from './measured.ts';
import { seedPushes } from './seed.ts';

const sizes = [200_000, 1_000_000];

/**
 * All three projections rebuilt in one pass, beside reading alone, the least that a projection can do, and Emmett.
 * `npm run bench -- rebuild [pushes…]`. The rebuild checks that it finds no difference to the live rows.
 */
export async function benchRebuild(args: readonly string[]): Promise<void> {
  const results: Record<number, Measured[]> = {};
  const timesEmmett: Record<number, { asDocumented: number; wholeBatches: number }> = {};
  for (const size of args.length > 0 ? args.map(Number) : sizes) {
    await withPostgres(async (databaseUrl) => {
      await migrate(databaseUrl);
      await seedPushes(databaseUrl, size);
      await measure(databaseUrl, 'fill');
      await expectRows(databaseUrl, size);
      const reading = await measure(databaseUrl, 'reading');
      const ceiling = await measure(databaseUrl, 'ceiling');
      const rebuilt = await measure(databaseUrl, 'rebuild');
      const [emmett, inBatches] = await measureEmmett(databaseUrl, size);
      const measured = [reading, ceiling, rebuilt, emmett, inBatches];
      const times = {
        asDocumented: rebuilt.perSecond / emmett.perSecond,
        wholeBatches: rebuilt.perSecond / inBatches.perSecond,
      };
      results[size] = measured;
      timesEmmett[size] = times;
      process.stdout.write(`rebuild of ${size} pushes\n`);
      for (const one of measured) process.stdout.write(`  ${line(one)}\n`);
      process.stdout.write(
        `  rebuild is ${(rebuilt.perSecond / ceiling.perSecond).toFixed(2)} of the ceiling\n` +
          `  rebuild is ${times.asDocumented.toFixed(1)} times Emmett` +
          `, and ${times.wholeBatches.toFixed(1)} times its consumer with whole batches\n`,
      );
    });
  }
  writeResult('rebuild', { results, timesEmmett });
}

function measure(databaseUrl: string, what: string): Promise<Measured> {
  return measureIn(new URL('measure.ts', import.meta.url), [databaseUrl, what]);
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
  return `${what.padEnd(14)} ${perSecond.toFixed(0).padStart(8)} events/s  ${seconds.toFixed(1)} s for ${events}  Node ${cpuMicrosPerEvent.toFixed(0)} µs of CPU an event  peak RSS ${peakRssMb.toFixed(0)} MB`;
}
