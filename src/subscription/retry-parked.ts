import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import { decodeEvent } from '../events/codec.ts';
import type { DomainEvent } from '../events/event.ts';
import type { EventId } from '../events/ids.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { CodedError, messageOf } from '../runtime/errors.ts';
import { holdPosition } from './checkpoint.ts';
import { isPoison, listParked, noteFailedRetry, type ParkedEvent, unpark } from './parking.ts';
import type { Taker } from './take-page.ts';

/** Takes events that those behind them have overtaken; its `handle` gets one of them first, and then what is related. */
export interface LateTaker extends Taker {
  /** The types that may come late: what is made of them does not depend on what came meanwhile. Absent: all types. */
  readonly lateTypes?: ReadonlySet<string>;
  /** Streams whose events change what is made of this one, and went by while it was not there. */
  readonly relatedTo: (event: DomainEvent) => readonly string[];
}

export type RetryOutcome =
  | { readonly outcome: 'taken' }
  /** It stays parked, with this error. */
  | { readonly outcome: 'failed'; readonly error: string }
  /** It stays parked, and no retry will ever take it. */
  | { readonly outcome: 'refused'; readonly error: CodedError }
  | { readonly outcome: 'not-parked' };

export interface RetryOptions {
  readonly taker: LateTaker;
  readonly pool: Pool;
  readonly store: EventStore;
}

/**
 * Takes parked events after all, each in one transaction with its removal from the parked ones. `all` are those that
 * nobody decided to do without.
 *
 * @throws whatever is not an event's own fault
 */
export async function retryParked(
  options: RetryOptions,
  which: readonly EventId[] | 'all',
): Promise<ReadonlyMap<EventId, RetryOutcome>> {
  const parked = await listParked(options.pool, options.taker.name);
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
    const taken = await takeParked(options, parked);
    return { outcome: taken ? 'taken' : 'not-parked' };
  } catch (error) {
    if (error instanceof CodedError && error.code === 'RETRY_REFUSED') return { outcome: 'refused', error };
    if (!isPoison(error)) throw error;
    await noteFailedRetry(options.pool, parked, error);
    return { outcome: 'failed', error: messageOf(error) };
  }
}

async function takeParked({ taker, pool, store }: RetryOptions, parked: ParkedEvent): Promise<boolean> {
  if (!(taker.lateTypes?.has(parked.type) ?? true))
    throw refusal(parked, `${taker.name} takes ${parked.type} in the order of the log only`);
  const [stored] = await store.readStreams([parked.stream]);
  if (stored?.id !== parked.eventId)
    throw new CodedError(
      'EVENT_INVALID',
      `${parked.type} in stream ${parked.stream} is not in the log any more`,
    );
  const event = decodeEvent(stored);
  const behind = event ? await readRelated(store, taker.relatedTo(event)) : [];
  return inTransaction(pool, async (transaction) => {
    // As for any page: while we have it, nobody else writes these tables.
    const position = await holdPosition(transaction, taker.name);
    await taker.fence?.(transaction);
    if (!(await unpark(transaction, taker.name, parked.eventId))) return false;
    if (!event) return true;
    await taker.handle(transaction, [event, ...behind.filter((later) => later.position <= position)]);
    return true;
  });
}

async function readRelated(store: EventStore, streams: readonly string[]): Promise<DomainEvent[]> {
  if (streams.length === 0) return [];
  return (await store.readStreams(streams)).map(decodeEvent).filter((each) => each !== null);
}

/** Of a retry that would do harm, with what can be done instead. */
export function refusal(
  { subscriber, eventId }: Pick<ParkedEvent, 'subscriber' | 'eventId'>,
  reason: string,
): CodedError {
  return new CodedError(
    'RETRY_REFUSED',
    `${reason}; \`pushledger projections skip ${subscriber} ${eventId}\` does without it`,
  );
}
