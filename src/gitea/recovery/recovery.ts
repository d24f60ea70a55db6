import type { Pool } from 'pg';
import type { EventStore } from '../../event-store/event-store.ts';
import { settlingMs } from '../../late-push/late-push.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { LogIdentity } from '../../subscription/checkpoint.ts';
import type { Subscriber } from '../../subscription/subscriber.ts';
import type { GiteaClient } from '../client.ts';
import { type RepositoryReport, recoverAll } from './recover.ts';
import type { Telling } from './recovered-push.ts';
import { createRecoverySubscriber } from './recovery-subscriber.ts';
import { type SpoolPatience, spoolEmptied } from './spool-emptied.ts';
import * as statements from './statements.ts';

/** How often we look whether there is a reason to recover, in milliseconds. */
const tickMs = 10_000;
/** A chain that is broken for so long does not mend itself, in milliseconds. */
const brokenMs = 60_000;
/** Deliveries that were refused one after the other are one reason, in milliseconds. */
const refusedQuietMs = 30_000;
/** After a recovery that failed as a whole, in milliseconds. */
const failedPauseMs = 60_000;

export interface RecoveryOptions extends Omit<Telling, 'baseUrl' | 'silent'> {
  readonly client: GiteaClient;
  readonly store: EventStore;
  readonly pool: Pool;
  readonly log: LogIdentity;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between two recoveries of everything, in milliseconds; null: only when there is a reason. */
  readonly intervalMs: number | null;
  /** How many deliveries wait in the spool; null where that cannot be told. */
  readonly spooled: () => number | null;
  readonly onReport?: (report: RepositoryReport) => void;
}

export interface RecoveryStatus {
  readonly state: 'ok' | 'degraded';
  /** When the last recovery of all repositories ended, ISO 8601. */
  readonly recoveredAt: string | null;
  /** Repositories that could not be looked at then. */
  readonly failed: number;
  readonly lastError: string | null;
}

export interface Recovery {
  /** To be run beside: it keeps recovery's tables. */
  readonly subscriber: Subscriber;
  /** Recovers at once, at the interval and when there is a reason, until the signal aborts. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  /** Gitea sent something that nobody could keep: it is to be looked for, wherever it belongs. */
  deliveryRefused(): void;
  status(): RecoveryStatus;
}

/** Finds the pushes that Gitea sent while nobody listened, and records them. */
export function createRecovery(options: RecoveryOptions): Recovery {
  const { pool, clock, logger, instance } = options;
  let refusedAt: number | null = null;
  let dueAt = 0;
  let status: RecoveryStatus = { state: 'ok', recoveredAt: null, failed: 0, lastError: null };
  const deliveryRefused = () => {
    refusedAt = clock.now().getTime();
  };
  const subscriber = createRecoverySubscriber(instance, deliveryRefused);

  async function recover(only: ReadonlySet<number> | null, signal: AbortSignal): Promise<void> {
    const patience: SpoolPatience = { clock, signal, spooled: options.spooled };
    if (!(await spoolEmptied(patience))) {
      logger.warn('deliveries still wait in the spool: what they bring may be recovered before they do');
    }
    const reports = await recoverAll({
      ...options,
      subscriber,
      signal,
      since: null,
      silent: null,
      only,
      settlingMs,
      dryRun: false,
    });
    for (const report of reports) tell(report);
    const failed = reports.filter(({ outcome }) => outcome === 'failed');
    const [first] = failed;
    if (only !== null) return;
    status = {
      state: failed.length > 0 ? 'degraded' : 'ok',
      recoveredAt: clock.now().toISOString(),
      failed: failed.length,
      lastError: first && 'error' in first ? first.error : null,
    };
  }

  function tell(report: RepositoryReport): void {
    options.onReport?.(report);
    const { fullName, outcome } = report;
    if (outcome === 'failed') logger.warn({ repository: fullName, reason: report.error }, 'not recovered');
    if (!('recovered' in report) || report.recovered.pushes.length === 0) return;
    const { pushes, left } = report.recovered;
    logger.info({ repository: fullName, pushes: pushes.length, left }, 'pushes were recovered');
  }

  async function listBroken(): Promise<ReadonlySet<number>> {
    const before = new Date(clock.now().getTime() - brokenMs);
    const { rows } = await pool.query<{ repository_id: string }>(statements.listBroken, [
      instance,
      before,
      brokenMs,
    ]);
    return new Set(rows.map((row) => Number(row.repository_id)));
  }

  async function lookForReason(signal: AbortSignal): Promise<void> {
    const now = clock.now().getTime();
    if (now >= dueAt || (refusedAt !== null && now >= refusedAt + refusedQuietMs)) {
      const reason = refusedAt;
      await recover(null, signal);
      // One that was refused meanwhile is a reason of its own.
      if (refusedAt === reason) refusedAt = null;
      dueAt =
        options.intervalMs === null ? Number.POSITIVE_INFINITY : clock.now().getTime() + options.intervalMs;
      return;
    }
    const broken = await listBroken();
    if (broken.size > 0) await recover(broken, signal);
  }

  return {
    subscriber,
    deliveryRefused,
    status: () => status,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await lookForReason(signal);
        } catch (error) {
          if (signal.aborted) return;
          logger.error({ err: error }, 'the recovery failed and is tried again');
          status = { ...status, state: 'degraded', lastError: messageOf(error) };
          dueAt = clock.now().getTime() + failedPauseMs;
        }
        await clock.sleep(tickMs, signal).catch(() => undefined);
      }
    },
  };
}
