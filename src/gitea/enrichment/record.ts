import type { ClientBase } from 'pg';
import type { EventType } from '../../events/catalogue.ts';
import type { DomainEvent } from '../../events/event.ts';
import { statements } from './due.ts';
import { needsOf } from './needs.ts';

/** What it records; of other events it makes nothing. */
export const recordedTypes: ReadonlySet<EventType> = new Set(['PushReceived', 'PushEnriched']);

export interface RecordOptions {
  /** The name of the server that is asked; another one's repositories have other ids. */
  readonly instance: string;
  /** A push that was received before is not asked about: an old log must not become a flood of requests. */
  readonly since: Date;
}

/** Writes which pushes are due after these events. */
export async function record(
  transaction: ClientBase,
  events: readonly DomainEvent[],
  { instance, since }: RecordOptions,
): Promise<void> {
  const due = events.flatMap((event) =>
    event.type === 'PushReceived' &&
    event.data.instance === instance &&
    new Date(event.data.receivedAt) >= since &&
    needsOf(event.data) !== null
      ? [event.data]
      : [],
  );
  const enriched = events.flatMap((event) => (event.type === 'PushEnriched' ? [event.data.pushId] : []));
  if (due.length > 0) {
    await transaction.query(statements.insertDue, [
      due.map(({ pushId }) => pushId),
      due.map(({ receivedAt }) => receivedAt),
    ]);
  }
  if (enriched.length > 0) await transaction.query(statements.deleteDue, [enriched]);
}
