import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import { decodeEvent } from '../events/codec.ts';
import type { DomainEvent } from '../events/event.ts';
import { type EventId, streamOf } from '../events/ids.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { CodedError, messageOf } from '../runtime/errors.ts';
import { isPoison, listParked, noteFailedRetry, type ParkedEvent, unpark } from './parking.ts';
import type { Projection } from './projection.ts';
import { putChanges } from './put-rows.ts';
import { holdCheckpoint } from './rebuild/versioned-checkpoint.ts';
import { livePlace } from './table.ts';

export type RetryOutcome =
  | { readonly outcome: 'projected' }
  /** It stays parked, with this error. */
  | { readonly outcome: 'failed'; readonly error: string }
  | { readonly outcome: 'not-parked' };

export interface RetryOptions {
  readonly projection: Projection;
  readonly pool: Pool;
  readonly store: EventStore;
}

/**
 * Projects parked events after all, each in one transaction with its removal from the parked ones. `all` are those that
 * nobody decided to do without.
 *
 * @throws whatever is not an event's own fault
 */
export async function retryParked(
  options: RetryOptions,
  which: readonly EventId[] | 'all',
): Promise<ReadonlyMap<EventId, RetryOutcome>> {
  const parked = await listParked(options.pool, options.projection.name);
  const byId = new Map(parked.map((event) => [event.eventId, event]));
  const chosen =
    which === 'all'
      ? parked.filter(({ skippedAt }) => skippedAt === null).map(({ eventId }) => eventId)
      : which;
  const outcomes = new Map<EventId, RetryOutcome>();
  for (const eventId of chosen) {
    const event = byId.get(eventId);
    outcomes.set(eventId, event ? await retryOne(options, event) : { outcome: 'not-parked' });
  }
  return outcomes;
}

async function retryOne(options: RetryOptions, parked: ParkedEvent): Promise<RetryOutcome> {
  try {
    const projected = await projectParked(options, parked);
    return { outcome: projected ? 'projected' : 'not-parked' };
  } catch (error) {
    if (!isPoison(error)) throw error;
    await noteFailedRetry(options.pool, parked, error);
    return { outcome: 'failed', error: messageOf(error) };
  }
}

async function projectParked(
  { projection, pool, store }: RetryOptions,
  parked: ParkedEvent,
): Promise<boolean> {
  const [stored] = await store.readStreams([parked.stream]);
  if (stored?.id !== parked.eventId)
    throw new CodedError(
      'EVENT_INVALID',
      `${parked.type} in stream ${parked.stream} is not in the log any more`,
    );
  const event = decodeEvent(stored);
  const behind = await amending(store, event);
  return inTransaction(pool, async (transaction) => {
    // As for any page: while we have it, nobody else writes these tables.
    const { version, position } = await holdCheckpoint(transaction, projection.name);
    if (version !== projection.version) {
      throw new CodedError(
        'CHECKPOINT_CONFLICT',
        `the rows of ${projection.name} have version ${version}, this program makes ${projection.version}`,
      );
    }
    if (!(await unpark(transaction, projection.name, parked.eventId))) return false;
    if (!event) return true;
    const events = [event, ...behind.filter((later) => later.position <= position)];
    const state = await projection.load(transaction, livePlace, events);
    await putChanges(transaction, livePlace, projection.fold(state, events));
    return true;
  });
}

/** What changes the rows of this event, and went by while they were not there. */
async function amending(store: EventStore, event: DomainEvent | null): Promise<DomainEvent[]> {
  if (event?.type !== 'PushReceived') return [];
  const stored = await store.readStreams([streamOf.enrichment(event.data.pushId)]);
  return stored.map(decodeEvent).filter((each) => each !== null);
}
