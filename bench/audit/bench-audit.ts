import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type AuditKey, auditKeyOf } from '../../src/audit/audit-key.ts';
import { runSealer } from '../../src/audit/sealer.ts';
import { findLastSeal } from '../../src/audit/seals.ts';
import { Secret } from '../../src/config/secret.ts';
import type { MovableEventStore } from '../../src/event-store/event-store.ts';
import { createPostgresEventStore } from '../../src/event-store/postgres/postgres-event-store.ts';
import { startOfLog } from '../../src/events/ids.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { systemClock as clock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { auditFlags, memoryEnv } from '../support/node-flags.ts';
import { withPostgres } from '../support/postgres.ts';
import { writeResult } from '../support/results.ts';
import { projectAll } from './project.ts';
import { auditKey, webhookSecret } from './secrets.ts';
import { seedPushes } from './seed.ts';
import type { VerifyFigures } from './verify-process.ts';

const rounds = 3;
const defaultPushes = 200_000;
const logger = createLogger('warn', process.stderr);

/**
 * `audit verify` over signed pushes with seals and rows, beside reading the same pages alone in the same run. Both in
 * turn, as this machine's speed drifts; the figure is the median.
 *
 * @param args how many pushes
 */
export async function benchAudit(args: readonly string[]): Promise<void> {
  const pushes = Number(args[0] ?? defaultPushes);
  await withPostgres(async (databaseUrl) => {
    const pool = createPool(databaseUrl, 'bench', logger);
    await migrate(databaseUrl);
    const store = createPostgresEventStore({ databaseUrl, pool, clock, logger });
    try {
      const key = auditKeyOf({ secret: new Secret(auditKey) });
      await seedPushes(store, pushes, webhookSecret);
      const sealed = pushes / (await seconds(() => sealAll(store, key, Math.floor(pushes / 1_000))));
      await projectAll(store, pool);
      process.stdout.write(`audit, ${pushes} pushes\n  sealing     ${rate(sealed)}\n`);
      const figures: { verify: number; read: number; cpuMicrosPerPush: number; maxRssMiB: number }[] = [];
      for (let round = 0; round < rounds; round++) {
        const read = pushes / (await seconds(() => readAll(store)));
        const { seconds: time, cpuSeconds, maxRssMiB } = await verify(databaseUrl, pushes);
        const cpuMicrosPerPush = (cpuSeconds * 1_000_000) / pushes;
        figures.push({ verify: pushes / time, read, cpuMicrosPerPush, maxRssMiB });
        process.stdout.write(
          `  read alone  ${rate(read)}\n  verify      ${rate(pushes / time)}   ` +
            `${cpuMicrosPerPush.toFixed(0)} µs CPU a push (without Postgres)   peak RSS ${maxRssMiB} MiB\n`,
        );
      }
      const verified = median(figures.map((figure) => figure.verify));
      const ratio = median(figures.map((figure) => figure.verify / figure.read));
      process.stdout.write(
        `  median     ${rate(verified)}, ${ratio.toFixed(2)} of reading alone; all proven\n`,
      );
      writeResult('audit', { pushes, figures, verify: verified, ratio, sealed });
    } finally {
      await store.close();
      await pool.end();
    }
  });
}

async function verify(databaseUrl: string, pushes: number): Promise<VerifyFigures> {
  const entry = fileURLToPath(new URL('./verify-process.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...auditFlags, entry, databaseUrl], {
    env: { ...process.env, ...memoryEnv },
  });
  const figures = JSON.parse(stdout) as VerifyFigures;
  const { report } = figures;
  const complete = report.rows.every((row) => row.rows === pushes && row.missing === 0 && row.surplus === 0);
  const proven = report.pushes.proven === pushes && report.seals.intact >= Math.floor(pushes / 1_000);
  if (report.status !== 'intact' || !complete || !proven) {
    throw new Error(`not everything was proven: ${JSON.stringify(report)}`);
  }
  return figures;
}

async function readAll(store: MovableEventStore): Promise<void> {
  let after = startOfLog;
  for (;;) {
    const last = (await store.readWhole(after, 400)).at(-1);
    if (!last) return;
    after = last.position;
  }
}

async function sealAll(store: MovableEventStore, key: AuditKey, seals: number): Promise<void> {
  const stop = new AbortController();
  const running = runSealer({ store, key, clock, logger, signal: stop.signal });
  while (((await findLastSeal(store))?.sequence ?? 0) < seals) await clock.sleep(50);
  stop.abort();
  await running;
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const rate = (value: number) => `${value.toFixed(0).padStart(7)} pushes/s`;
