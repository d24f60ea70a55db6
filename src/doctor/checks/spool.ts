import { existsSync } from 'node:fs';
import { spoolPath } from '../../ingest/spool/place.ts';
import { openSpool, type SpoolStatus } from '../../ingest/spool/spool.ts';
import { createLogger } from '../../runtime/logger.ts';
import { checkOf } from '../check.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';

export interface SpoolFacts {
  /** Null where nothing was ever spooled. */
  readonly status: SpoolStatus | null;
  readonly now: Date;
}

/** A running service drains it within seconds, in milliseconds. */
const patienceMs = 2 * 60_000;

export function judgeSpool({ status, now }: SpoolFacts): Judgement[] {
  if (!status) return [ok('nothing was ever spooled')];
  const { state, pending, parked, oldestAt, lastError } = status;
  const findings: Judgement[] = [];
  if (state === 'broken') {
    findings.push(
      wrong(
        `the spool cannot be used: ${lastError ?? 'unknown'}`,
        'move spool.db, spool.db-wal and spool.db-shm away together, and keep them: docs/operations.md',
      ),
    );
  }
  if (state === 'full') {
    findings.push(
      wrong('the spool is full: pushes are refused', 'make room on the disk, or raise SPOOL_LIMIT'),
    );
  }
  if (parked !== null && parked > 0) {
    findings.push(
      warning(`${parked} deliveries were refused for good`, 'pushledger spool list; then spool retry'),
    );
  }
  if (pending !== null && pending > 0) {
    const waitingMs = oldestAt === null ? 0 : now.getTime() - new Date(oldestAt).getTime();
    findings.push(
      waitingMs > patienceMs
        ? warning(
            `${pending} deliveries wait, the oldest since ${oldestAt}`,
            'does the event store answer, and does `pushledger serve` run?',
          )
        : ok(`${pending} deliveries wait and are being taken`),
    );
  }
  return findings.length > 0 ? findings : [ok('empty')];
}

export const spool = checkOf(
  'spool',
  'spool',
  ({ config, clock }): SpoolFacts => {
    const path = spoolPath(config.dataDir);
    const now = clock.now();
    if (!existsSync(path)) return { status: null, now };
    const logger = createLogger('silent');
    const opened = openSpool({ path, maxBytes: config.spoolMaxBytes, clock, logger });
    try {
      return { status: opened.status(), now };
    } finally {
      opened.close();
    }
  },
  judgeSpool,
);
