/** A thread of `audit verify`; see `createThreadedChecker`. */
import { parentPort, workerData } from 'node:worker_threads';
import { createPageChecker } from '../audit/page-checker.ts';
import { verifyingSecrets } from '../audit/prove-body.ts';
import { serveThread } from '../audit/threaded-checker.ts';
import { createPool } from '../postgres/pool.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLogger } from '../runtime/logger.ts';
import { openKurrentdbStore, openPostgresStore } from '../service/event-store.ts';
import { deriveEssentials } from './audit-facts.ts';

export interface AuditThreadData {
  readonly databaseUrl: string;
  readonly eventStoreUrl: string | null;
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
}

const { databaseUrl, eventStoreUrl, secrets } = workerData as AuditThreadData;
const logger = createLogger('warn', process.stderr);
const surroundings = { clock: systemClock, logger, signal: new AbortController().signal };
const store = eventStoreUrl
  ? await openKurrentdbStore(
      { connectionString: eventStoreUrl, remedy: 'check EVENT_STORE_URL' },
      surroundings,
    )
  : openPostgresStore(databaseUrl, createPool(databaseUrl, 'audit', logger, 1), surroundings);
const checking = { secrets: verifyingSecrets(secrets), derive: deriveEssentials };
if (parentPort) serveThread(parentPort, createPageChecker(store, checking));
