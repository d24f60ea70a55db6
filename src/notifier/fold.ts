import type { DomainEvent } from '../events/event.ts';
import type { MessageId, PushId } from '../events/ids.ts';

/** What a batch of events changes in the notifier's tables, folded so that each row is written once. */
export interface NotifierChanges {
  readonly due: ReadonlyMap<PushId, DomainEvent<'PushReceived'>>;
  readonly planned: ReadonlyMap<string, DomainEvent<'NotificationPlanned'>>;
  readonly sent: ReadonlyMap<string, DomainEvent<'NotificationSent'>>;
  readonly failed: ReadonlyMap<string, Failures>;
}

export interface Failures {
  readonly count: number;
  readonly last: DomainEvent<'NotificationFailed'>;
}

export function fold(events: readonly DomainEvent[]): NotifierChanges {
  const due = new Map<PushId, DomainEvent<'PushReceived'>>();
  const planned = new Map<string, DomainEvent<'NotificationPlanned'>>();
  const sent = new Map<string, DomainEvent<'NotificationSent'>>();
  const failed = new Map<string, Failures>();
  for (const event of events) {
    switch (event.type) {
      case 'PushReceived':
        if (event.data.ignored === null) due.set(event.data.pushId, event);
        break;
      case 'NotificationPlanned':
        planned.set(keyOf(event.data), event);
        for (const pushId of event.data.pushIds) due.delete(pushId);
        break;
      case 'NotificationSent':
        sent.set(keyOf(event.data), event);
        break;
      case 'NotificationFailed': {
        const key = keyOf(event.data);
        failed.set(key, { count: (failed.get(key)?.count ?? 0) + 1, last: event });
        break;
      }
      default:
        break;
    }
  }
  return { due, planned, sent, failed };
}

function keyOf(data: { readonly messageId: MessageId; readonly version: number }): string {
  return `${data.messageId}.${data.version}`;
}
