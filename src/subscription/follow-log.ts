import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import type { StoredEvent } from '../events/codec.ts';
import type { Position } from '../events/ids.ts';
import { inTransaction } from '../postgres/transaction.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { retry } from '../runtime/retry.ts';
import { type LogIdentity, loadCheckpoint } from './checkpoint.ts';
import { refuseMovedCheckpoints } from './move-checkpoints.ts';
import type { SubscriberStatus } from './subscriber.ts';

/** A page of events that was handled. */
export interface HandledBatch {
  /** Of the subscriber. */
  readonly name: string;
  readonly events: readonly StoredEvent[];
  readonly startedAt: Date;
  readonly durationMs: number;
}

export interface FollowLogOptions {
  /** Of the checkpoint. */
  readonly name: string;
  readonly store: EventStore;
  readonly pool: Pool;
  readonly log: LogIdentity;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called before each start from the checkpoint. */
  readonly prepare?: () => Promise<void>;
  /** Handles the events behind `from` and moves the checkpoint; says where that then stands. */
  readonly handle: (from: Position, events: readonly StoredEvent[]) => Promise<Position>;
  /** Called after a page that reached the end of the log, and now and then while nothing comes. */
  readonly onCaughtUp?: () => void;
  readonly onStatus?: (status: SubscriberStatus) => void;
  /** Called after each page that had events. */
  readonly onBatch?: (batch: HandledBatch) => void;
}

/**
 * Follows the log until the signal aborts: from the checkpoint, page by page. After a failure it starts again from the
 * checkpoint, with growing pauses.
 */
export async function followLog(options: FollowLogOptions): Promise<void> {
  const { name, logger, signal } = options;
  let status: SubscriberStatus = { name, position: 0n, caughtUp: false, error: null };
  const report = (change: Partial<SubscriberStatus>) => {
    status = { ...status, ...change };
    options.onStatus?.(status);
  };

  const follow = async (gotOn: () => void) => {
    await options.prepare?.();
    const checkpoint = await inTransaction(options.pool, (client) =>
      loadCheckpoint(client, name, options.log),
    );
    // Another process may have moved it to another store meanwhile; from such a position we would skip or repeat.
    await refuseMovedCheckpoints(options.store, options.log, [checkpoint]);
    let { position } = checkpoint;
    // Told before the first page: one that cannot be handled must not look as if it stood at the start of the log.
    report({ position });
    for await (const page of options.store.subscribe({ after: position, signal })) {
      if (page.events.length > 0) {
        const [startedAt, from] = [options.clock.now(), performance.now()];
        position = await options.handle(position, page.events);
        options.onBatch?.({ name, events: page.events, startedAt, durationMs: performance.now() - from });
      }
      gotOn();
      report({ position, caughtUp: page.caughtUp, error: null });
      if (page.caughtUp) options.onCaughtUp?.();
    }
  };

  try {
    await retry(follow, {
      clock: options.clock,
      signal,
      onFailure: (error, attempt, pauseMs) => {
        logger.error({ err: error, subscriber: name, attempt, pauseMs }, 'a subscriber starts again');
        report({ error: messageOf(error), caughtUp: false });
      },
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
