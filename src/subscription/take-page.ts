import type { Pool, PoolClient } from 'pg';
import { decodeEvent, type StoredEvent } from '../events/codec.ts';
import type { Position } from '../events/ids.ts';
import { inTransaction } from '../postgres/transaction.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { advanceCheckpoint, type LogIdentity } from './checkpoint.ts';
import { isPoison, parkEvent } from './parking.ts';
import type { Subscriber } from './subscriber.ts';

/** A failure of the event's own is tried so often: a mistake of ours may hide something that passes. */
const attemptsBeforeParking = 3;
/** Between two attempts, in milliseconds. */
const pauseMs = 200;

export interface PageContext {
  readonly pool: Pool;
  readonly log: LogIdentity;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Who takes a page. */
export interface Taker extends Pick<Subscriber, 'name' | 'types' | 'handle'> {
  /** Called in every transaction once the checkpoint is ours; throws where this process may not write any more. */
  readonly fence?: (transaction: PoolClient) => Promise<void>;
}

/**
 * Takes events that come after `from`, in one transaction with the checkpoint. Where one of them cannot be taken, they
 * are taken one by one, and that one is parked: the rest must not wait for it for ever.
 *
 * @returns where the checkpoint then stands
 * @throws whatever is not an event's own fault; nothing was written then that was not whole
 */
export async function takePage(
  context: PageContext,
  taker: Taker,
  from: Position,
  events: readonly StoredEvent[],
): Promise<Position> {
  const last = events.at(-1);
  if (!last) return from;
  try {
    await takeWhole(context, taker, from, events);
    return last.position;
  } catch (error) {
    if (!isPoison(error)) throw error;
  }
  let position = from;
  for (const event of events) {
    await takeOrPark(context, taker, position, event);
    position = event.position;
  }
  return position;
}

async function takeWhole(
  { pool, log }: PageContext,
  taker: Taker,
  from: Position,
  stored: readonly StoredEvent[],
): Promise<void> {
  const last = stored.at(-1);
  if (!last) return;
  const events = stored
    .filter(({ type }) => taker.types?.has(type) ?? true)
    .map(decodeEvent)
    .filter((event) => event !== null);
  await inTransaction(pool, async (transaction) => {
    await advanceCheckpoint(transaction, { name: taker.name, log, from, last });
    await taker.fence?.(transaction);
    if (events.length > 0) await taker.handle(transaction, events);
  });
}

async function takeOrPark(
  context: PageContext,
  taker: Taker,
  from: Position,
  event: StoredEvent,
): Promise<void> {
  for (let attempts = 1; ; attempts++) {
    try {
      await takeWhole(context, taker, from, [event]);
      return;
    } catch (error) {
      if (!isPoison(error)) throw error;
      if (attempts === attemptsBeforeParking) {
        await park(context, taker, from, { event, error, attempts });
        return;
      }
      await context.clock.sleep(pauseMs, context.signal);
    }
  }
}

/** Both the parking and the checkpoint behind it, or neither: killed between, it would be lost or parked for ever. */
async function park(
  { pool, log, clock, logger }: PageContext,
  { name, fence }: Taker,
  from: Position,
  failed: { readonly event: StoredEvent; readonly error: unknown; readonly attempts: number },
): Promise<void> {
  const { event, error } = failed;
  await inTransaction(pool, async (transaction) => {
    await advanceCheckpoint(transaction, { name, log, from, last: event });
    await fence?.(transaction);
    await parkEvent(transaction, { subscriber: name, ...failed, now: clock.now() });
  });
  const { type, stream, id: eventId } = event;
  logger.error(
    { err: error, subscriber: name, type, stream, eventId },
    'an event cannot be taken and is parked: see `projections list`',
  );
}
