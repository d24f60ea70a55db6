import type { Pool } from 'pg';
import type { EventPage, EventStore } from '../event-store/event-store.ts';
import { decodeEvent } from '../events/codec.ts';
import type { Position } from '../events/ids.ts';
import { inTransaction } from '../postgres/transaction.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { retry } from '../runtime/retry.ts';
import { advanceCheckpoint, type LogIdentity, loadCheckpoint } from './checkpoint.ts';
import type { Subscriber, SubscriberStatus } from './subscriber.ts';

export interface RunSubscriberOptions {
  readonly subscriber: Subscriber;
  readonly store: EventStore;
  readonly pool: Pool;
  readonly log: LogIdentity;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onStatus?: (status: SubscriberStatus) => void;
}

/**
 * Follows the log until the signal aborts: from the checkpoint, page by page, each in one transaction with the
 * checkpoint. After a failure it starts again from the checkpoint, with growing pauses.
 */
export async function runSubscriber(options: RunSubscriberOptions): Promise<void> {
  const { subscriber, logger, signal } = options;
  let status: SubscriberStatus = { name: subscriber.name, position: 0n, caughtUp: false, error: null };
  const report = (change: Partial<SubscriberStatus>) => {
    status = { ...status, ...change };
    options.onStatus?.(status);
  };

  const follow = async (gotOn: () => void) => {
    let position = await inTransaction(options.pool, (client) =>
      loadCheckpoint(client, subscriber.name, options.log),
    );
    // Told before the first page: one that cannot be handled must not look as if it stood at the start of the log.
    report({ position });
    for await (const page of options.store.subscribe({ after: position, signal })) {
      position = await handlePage(options, position, page);
      gotOn();
      report({ position, caughtUp: page.caughtUp, error: null });
      if (page.caughtUp) subscriber.onCaughtUp?.();
    }
  };

  try {
    await retry(follow, {
      clock: options.clock,
      signal,
      onFailure: (error, attempt, pauseMs) => {
        logger.error(
          { err: error, subscriber: subscriber.name, attempt, pauseMs },
          'a subscriber starts again',
        );
        report({ error: messageOf(error), caughtUp: false });
      },
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Handles a page in one transaction with the checkpoint, and says where the checkpoint then stands. */
async function handlePage(options: RunSubscriberOptions, from: Position, page: EventPage): Promise<Position> {
  const last = page.events.at(-1);
  if (!last) return from;
  const { name } = options.subscriber;
  const events = page.events.map(decodeEvent).filter((event) => event !== null);
  await inTransaction(options.pool, async (transaction) => {
    await advanceCheckpoint(transaction, {
      name,
      log: options.log,
      from,
      to: last.position,
      lastEventId: last.id,
    });
    await options.subscriber.handle(transaction, events);
  });
  return last.position;
}
