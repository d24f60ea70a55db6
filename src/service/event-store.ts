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

/**
 * The log in KurrentDB, once it answers. Its client is loaded only here: without `EVENT_STORE_URL` it costs nothing.
 *
 * @throws CodedError CONFIG_INVALID; or STORE_UNAVAILABLE that says in one line what is wrong
 */
export async function openKurrentdbStore(
  connectionString: string,
  { clock, logger, signal }: StoreSurroundings,
  options: Partial<KurrentdbEventStoreOptions> = {},
): Promise<MovableEventStore> {
  const [{ checkConnection }, { createKurrentdbEventStore }] = await Promise.all([
    import('../event-store/kurrentdb/check-connection.ts'),
    import('../event-store/kurrentdb/kurrentdb-event-store.ts'),
  ]);
  await retry(() => checkConnection({ connectionString, clock }), {
    clock,
    signal,
    maxAttempts: connectAttempts,
    policy: { firstMs: 250, maxMs: 5_000 },
    isRetryable: (error) => error instanceof CodedError && error.code === 'STORE_UNAVAILABLE',
    onFailure: (error, attempt, pauseMs) =>
      logger.warn({ reason: messageOf(error), attempt, pauseMs }, 'the event store does not answer yet'),
  });
  return createKurrentdbEventStore({ connectionString, clock, logger, ...options });
}
