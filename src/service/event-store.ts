import type { Pool } from 'pg';
import type { MovableEventStore } from '../event-store/event-store.ts';
import type { KurrentdbEventStoreOptions } from '../event-store/kurrentdb/kurrentdb-event-store.ts';
import { createPostgresEventStore } from '../event-store/postgres/postgres-event-store.ts';
import type { Clock } from '../runtime/clock.ts';
import { CodedError, messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { retry } from '../runtime/retry.ts';

/** How often a store that is not there yet (both start at once after a reboot) is asked again. */
const connectAttempts = 8;

export interface StoreSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** The log in PostgreSQL, whose schema must be there. */
export function openPostgresStore(
  databaseUrl: string,
  pool: Pool,
  { clock, logger }: StoreSurroundings,
): MovableEventStore {
  return createPostgresEventStore({ databaseUrl, pool, clock, logger });
}

export interface KurrentdbPlace {
  readonly connectionString: string;
  /** What the operator has to look at when it cannot be reached. */
  readonly remedy: string;
  /** How often it is asked before it counts as away. */
  readonly attempts?: number;
  readonly limits?: Pick<KurrentdbEventStoreOptions, 'appendTimeoutMs' | 'readTimeoutMs'>;
}

/**
 * The log in KurrentDB, once it answers. Its client is loaded only here: without `EVENT_STORE_URL` it costs nothing.
 *
 * @throws CodedError CONFIG_INVALID; or EVENT_STORE_UNREACHABLE that says in one line what is wrong
 */
export async function openKurrentdbStore(
  place: KurrentdbPlace,
  { clock, logger, signal }: StoreSurroundings,
): Promise<MovableEventStore> {
  const { connectionString, remedy, attempts = connectAttempts, limits } = place;
  const [{ checkConnection }, { createKurrentdbEventStore }] = await Promise.all([
    import('../event-store/kurrentdb/check-connection.ts'),
    import('../event-store/kurrentdb/kurrentdb-event-store.ts'),
  ]);
  await retry(() => checkConnection({ connectionString, clock }), {
    clock,
    signal,
    maxAttempts: attempts,
    policy: { firstMs: 250, maxMs: 5_000 },
    isRetryable: isAway,
    onFailure: (error, attempt, pauseMs) =>
      logger.warn({ reason: detailOf(error), attempt, pauseMs }, 'the event store does not answer yet'),
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    if (!isAway(cause)) throw cause;
    throw new CodedError('EVENT_STORE_UNREACHABLE', `${detailOf(cause)} (${remedy})`, { cause });
  });
  return createKurrentdbEventStore({ connectionString, clock, logger, ...limits });
}

function isAway(error: unknown): boolean {
  return error instanceof CodedError && error.code === 'STORE_UNAVAILABLE';
}

/** Without the text of the code, which is made for one who sends a delivery. */
function detailOf(error: unknown): string {
  return error instanceof CodedError ? (error.detail ?? error.message) : messageOf(error);
}
