import type { Pool, PoolClient } from 'pg';
import { decodeEvent, type StoredEvent } from '../events/codec.ts';
import type { Position } from '../events/ids.ts';
import { inTransaction } from '../postgres/transaction.ts';
import type { Clock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { advanceCheckpoint, type LogIdentity } from '../subscription/checkpoint.ts';
import { isPoison, parkEvent } from './parking.ts';
import type { Projection } from './projection.ts';
import { putChanges } from './put-rows.ts';
import { seeCheckpoint } from './rebuild/versioned-checkpoint.ts';
import { livePlace } from './table.ts';

/** A failure of the event's own is tried so often: a mistake of ours may hide something that passes. */
const attemptsBeforeParking = 3;
/** Between two attempts, in milliseconds. */
const pauseMs = 200;

export interface PageContext {
  readonly projection: Projection;
  readonly pool: Pool;
  readonly log: LogIdentity;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Projects events that come after `from`, in one transaction with the checkpoint. Where one of them cannot be taken,
 * they are taken one by one, and that one is parked: the rest must not wait for it for ever.
 *
 * @returns where the checkpoint then stands
 * @throws whatever is not an event's own fault; nothing was written then that was not whole
 */
export async function handlePage(
  context: PageContext,
  from: Position,
  events: readonly StoredEvent[],
): Promise<Position> {
  const last = events.at(-1);
  if (!last) return from;
  try {
    await project(context, from, events);
    return last.position;
  } catch (error) {
    if (!isPoison(error)) throw error;
  }
  let position = from;
  for (const event of events) {
    await projectOrPark(context, position, event);
    position = event.position;
  }
  return position;
}

async function project(context: PageContext, from: Position, events: readonly StoredEvent[]): Promise<void> {
  const last = events.at(-1);
  if (!last) return;
  const decoded = events.map(decodeEvent).filter((event) => event !== null);
  await inTransaction(context.pool, async (transaction) => {
    await advanceCheckpoint(transaction, { name: context.projection.name, log: context.log, from, last });
    await refuseOtherVersion(transaction, context.projection);
    if (decoded.length === 0) return;
    const state = await context.projection.load(transaction, livePlace, decoded);
    await putChanges(transaction, livePlace, context.projection.fold(state, decoded));
  });
}

/**
 * A rebuild by a newer program may have taken over without moving the checkpoint: what this version would add were then
 * rows of two versions side by side. The checkpoint is ours until the transaction ends.
 */
async function refuseOtherVersion(transaction: PoolClient, { name, version }: Projection): Promise<void> {
  const live = await seeCheckpoint(transaction, name);
  if (live.version === version) return;
  throw new CodedError(
    'CHECKPOINT_CONFLICT',
    `${name} has version ${live.version} now, and no longer ${version}`,
  );
}

async function projectOrPark(context: PageContext, from: Position, event: StoredEvent): Promise<void> {
  const { projection, log, clock, logger, signal } = context;
  for (let attempt = 1; ; attempt++) {
    try {
      await project(context, from, [event]);
      return;
    } catch (error) {
      if (!isPoison(error)) throw error;
      if (attempt < attemptsBeforeParking) {
        await clock.sleep(pauseMs, signal);
        continue;
      }
      logger.error(
        { err: error, projection: projection.name, stream: event.stream, eventId: event.id },
        'an event cannot be projected and is parked',
      );
      await inTransaction(context.pool, async (transaction) => {
        await advanceCheckpoint(transaction, { name: projection.name, log, from, last: event });
        await refuseOtherVersion(transaction, projection);
        await parkEvent(transaction, {
          projection: projection.name,
          event,
          error,
          attempts: attempt,
          now: clock.now(),
        });
      });
      return;
    }
  }
}
