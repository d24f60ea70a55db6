/** `audit verify` in a process of its own, so that its memory is its own: `node verify-process.ts <database url>`. */
import { availableParallelism } from 'node:os';
import { auditKeyOf } from '../../src/audit/audit-key.ts';
import type { AuditReport } from '../../src/audit/report.ts';
import { createThreadedChecker } from '../../src/audit/threaded-checker.ts';
import { verifyLog } from '../../src/audit/verify-log.ts';
import { Secret } from '../../src/config/secret.ts';
import { createPostgresEventStore } from '../../src/event-store/postgres/postgres-event-store.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { systemClock as clock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { auditKey, webhookSecret } from './secrets.ts';

export interface VerifyFigures {
  readonly report: AuditReport;
  readonly seconds: number;
  /** Of this process, all its threads together; Postgres comes on top. */
  readonly cpuSeconds: number;
  readonly maxRssMiB: number;
}

const [databaseUrl = ''] = process.argv.slice(2);
const logger = createLogger('warn', process.stderr);
const pool = createPool(databaseUrl, 'bench', logger);
const store = createPostgresEventStore({ databaseUrl, pool, clock, logger });
const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
const checker = createThreadedChecker({
  entry: new URL('../../src/cli/audit-thread.ts', import.meta.url),
  workerData: { databaseUrl, eventStoreUrl: null, secrets: [{ name: 'bench', value: webhookSecret }] },
  threads: availableParallelism(),
});
const report = await verifyLog({
  store,
  pool,
  keys: [auditKeyOf({ secret: new Secret(auditKey) })],
  checker,
  signal: new AbortController().signal,
});
const { user, system } = process.cpuUsage(cpuBefore);
const figures: VerifyFigures = {
  report: { ...report, findings: report.findings.slice(0, 5) },
  seconds: (performance.now() - startedAt) / 1_000,
  cpuSeconds: (user + system) / 1_000_000,
  maxRssMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
};
process.stdout.write(JSON.stringify(figures));
await checker.close();
await store.close();
await pool.end();
