import type { Pool } from 'pg';
import { appendFact } from '../event-store/append-fact.ts';
import type { EventStore } from '../event-store/event-store.ts';
import type { MessageId, PushId } from '../events/ids.ts';
import type { Clock } from '../runtime/clock.ts';
import { retriedDraft } from './drafts.ts';
import type { NotificationState } from './notification-state.ts';
import * as statements from './statements.ts';

export interface RetryOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly clock: Clock;
}

/** What became of the wish to send a message again. */
export interface RetryResult {
  readonly messageId: string;
  /** Null where there is no such message. */
  readonly version: number | null;
  /** `retried`: it will be sent again. Otherwise nothing was done: it is not parked, or not known. */
  readonly outcome: 'retried' | 'not-parked' | 'unknown';
}

interface Row {
  readonly message_id: MessageId;
  readonly version: number;
  readonly push_ids: PushId[];
  readonly state: NotificationState;
  readonly failures: number;
}

/**
 * Asks for parked messages to be sent again, under the same transaction ids. What is asked is an event, so that it
 * does not matter which process runs the notifier, nor what becomes of its tables; asking twice is asking once.
 *
 * @param messageIds UUIDs; null: all that are parked. Every parked version of a message is meant.
 * @throws CodedError STORE_UNAVAILABLE, or what the database throws; what was asked until then stays asked
 */
export async function retryNotifications(
  options: RetryOptions,
  messageIds: readonly MessageId[] | null,
): Promise<RetryResult[]> {
  const { pool, store, clock } = options;
  const { rows } =
    messageIds === null
      ? await pool.query<Row>(statements.readParked)
      : await pool.query<Row>(statements.readVersionsToRetry, [messageIds]);
  const results: RetryResult[] = [];
  for (const row of rows.filter(({ state }) => state === 'parked')) {
    const { message_id: messageId, version, push_ids: pushIds, failures } = row;
    await appendFact(store, retriedDraft({ messageId, version, pushIds, failures }, clock.now()));
    results.push({ messageId, version, outcome: 'retried' });
  }
  const retried = new Set(results.map(({ messageId }) => messageId));
  for (const messageId of new Set(messageIds ?? [])) {
    if (retried.has(messageId)) continue;
    const last = rows.findLast((row) => row.message_id === messageId);
    results.push({
      messageId,
      version: last?.version ?? null,
      outcome: last ? 'not-parked' : 'unknown',
    });
  }
  return results;
}
