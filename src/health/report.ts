import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { within } from '../runtime/within.ts';
import type { SubscriberStatus } from '../subscription/subscriber.ts';
import { type RepositoryHealth, readRepositories } from './repositories.ts';

/** A part that says nothing by then counts as unavailable, in milliseconds. */
export const patienceMs = 2_000;

/** `GET /webhook/health`. */
export interface HealthReport {
  readonly status: 'ok' | 'degraded';
  /** Repositories that are hooked or were seen, the last pushed first; or their number, by HEALTH_DETAILS. */
  readonly repos: readonly RepositoryHealth[] | number;
  readonly eventStore: { readonly kind: string; readonly status: PartStatus; readonly position?: string };
  readonly database: { readonly status: PartStatus };
  readonly matrix: NotifierHealth | null;
  /** Null where this process does not trigger DAGs. */
  readonly dagEngine: TriggerHealth | null;
  /** Null where this process does not recover. */
  readonly recovery: RecoveryHealth | null;
  /** Null where this process takes no deliveries. */
  readonly spool: SpoolHealth | null;
  readonly projections: readonly ProjectionHealth[];
}

export type PartStatus = 'ok' | 'unavailable';

export interface ProjectionHealth {
  readonly name: string;
  readonly position: string;
  /** How far the log goes beyond it, in positions; null while the log cannot be read. */
  readonly lag: number | null;
  readonly error: string | null;
  /** Events that it could not take, went on without, and that nobody has decided about yet. */
  readonly parked: number;
}

/** How the notifier stands. */
export interface NotifierHealth {
  readonly state: 'ok' | 'degraded';
  /** Messages that are planned and not sent yet. */
  readonly pending: number;
  /** Messages that were given up and wait for a person. */
  readonly parked: number;
  readonly lastError: string | null;
}

/** How the trigger stands. */
export interface TriggerHealth {
  /** `degraded` while a push is parked, the breaker is not closed, or something does not work. */
  readonly state: 'ok' | 'degraded';
  /** Of the circuit breaker before dag_engine. */
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Pushes whose DAG is still to be triggered. */
  readonly pending: number;
  /** Pushes that were given up and wait for a person. */
  readonly parked: number;
  readonly lastError: string | null;
}

/** How the search for pushes that never arrived stands. */
export interface RecoveryHealth {
  /** `degraded` where the last one could not look at all repositories. */
  readonly state: 'ok' | 'degraded';
  /** When the last one ended that looked at all repositories, ISO 8601; null before the first. */
  readonly recoveredAt: string | null;
  /** Repositories that could not be looked at then. */
  readonly failed: number;
  readonly lastError: string | null;
}

/** How the queue of deliveries stands that the event store did not take. */
export interface SpoolHealth {
  readonly state: 'ok' | 'broken' | 'full';
  /** How many deliveries wait; null, as the counts after it, while the file cannot be read. */
  readonly pending: number | null;
  /** How many were refused for good and wait for a person. */
  readonly parked: number | null;
  readonly bytes: number | null;
  /** When the oldest of those that wait was received, ISO 8601. */
  readonly oldestAt: string | null;
  readonly lastError: string | null;
}

export interface HealthSources {
  readonly store: EventStore;
  readonly pool: Pool;
  /** Of the subscribers that run in this process. */
  readonly subscribers: () => readonly SubscriberStatus[];
  /** Null while this process does not lead the notifier. */
  readonly notifier: () => NotifierHealth | null;
  /** Absent, or null, while this process does not lead the trigger. */
  readonly trigger?: () => TriggerHealth | null;
  /** Absent, or null, while this process does not lead the recovery. */
  readonly recovery?: () => RecoveryHealth | null;
  /** Absent, or null, where this process takes no deliveries. */
  readonly spool?: () => SpoolHealth | null;
  readonly details: 'names' | 'counts';
  readonly clock?: Clock;
}

/** Asks each part how it is. A part that does not answer is part of the answer, not an error. */
export async function reportHealth(sources: HealthSources): Promise<HealthReport> {
  const { clock = systemClock } = sources;
  const [head, database] = await Promise.all([
    within(clock, patienceMs, sources.store.head()),
    within(clock, patienceMs, readDatabase(sources.pool)),
  ]);
  const reachable = database !== null;
  const errors = new Map(sources.subscribers().map((status) => [status.name, status.error]));
  const unseen = sources.subscribers().map(({ name, position }) => ({ name, position, parked: 0 }));
  const projections = (reachable ? database.checkpoints : unseen).map(({ name, position, parked }) => ({
    name,
    position: String(position),
    lag: head === null ? null : Math.max(0, Number(head - BigInt(position))),
    error: errors.get(name) ?? null,
    parked,
  }));
  const repositories = reachable ? database.repositories : [];
  const matrix = sources.notifier();
  const spool = sources.spool?.() ?? null;
  const dagEngine = sources.trigger?.() ?? null;
  const recovery = sources.recovery?.() ?? null;
  const spoolHealthy = spool === null || (spool.state === 'ok' && spool.parked === 0);
  const healthy =
    reachable &&
    spoolHealthy &&
    head !== null &&
    matrix?.state !== 'degraded' &&
    dagEngine?.state !== 'degraded' &&
    recovery?.state !== 'degraded' &&
    projections.every(({ error, parked }) => error === null && parked === 0);
  return {
    status: healthy ? 'ok' : 'degraded',
    repos: sources.details === 'counts' ? repositories.length : repositories,
    eventStore: {
      kind: sources.store.kind,
      status: head === null ? 'unavailable' : 'ok',
      ...(head !== null && { position: String(head) }),
    },
    database: { status: reachable ? 'ok' : 'unavailable' },
    matrix,
    dagEngine,
    recovery,
    spool,
    projections,
  };
}

export const readCheckpoints = `
  select name, position, (select count(*)::int from pushledger.parked_events
                          where projection = name and skipped_at is null) as parked
  from pushledger.checkpoints order by name
`;

async function readDatabase(pool: Pool): Promise<{
  checkpoints: { name: string; position: string; parked: number }[];
  repositories: RepositoryHealth[];
}> {
  // Also where another process projects: what is parked stands in the table.
  const checkpoints = await pool.query<{ name: string; position: string; parked: number }>(readCheckpoints);
  return { checkpoints: checkpoints.rows, repositories: await readRepositories(pool) };
}
