import type { PoolClient } from 'pg';
import type { DomainEvent } from '../events/event.ts';
import { type LateTaker, refusal } from '../subscription/retry-parked.ts';
import { foldedTypes } from './fold.ts';
import { record } from './record.ts';
import * as statements from './record-statements.ts';

/**
 * Takes parked events after all. A push is then due like any other that waits, and too old where it was received too
 * long ago. What a message's state is follows from rows and not from the order of events. A plan is another matter:
 * which plan names a push is said by the first one in the log, and those behind it have been judged without it.
 */
export const lateNotifier: LateTaker = {
  name: 'notifier',
  lateTypes: new Set([...foldedTypes].filter((type) => type !== 'NotificationPlanned')),
  relatedTo: () => [],
  async handle(transaction, events) {
    const [event] = events;
    if (event?.type === 'PushReceived') await refuseNamed(transaction, event);
    await record(transaction, events);
  },
};

/** Tables that were made anew, by a program that could not read the push, may hold plans that name it. */
async function refuseNamed(transaction: PoolClient, event: DomainEvent<'PushReceived'>): Promise<void> {
  const { rows } = await transaction.query<{ message_id: string }>(statements.readNaming, [
    [event.data.pushId],
  ]);
  const [message] = rows;
  if (!message) return;
  const parked = { subscriber: 'notifier', eventId: event.id };
  throw refusal(parked, `message ${message.message_id} names the push already`);
}
