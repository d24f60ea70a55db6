import type { EventType } from '../events/catalogue.ts';
import type { DomainEvent } from '../events/event.ts';
import type { MessageId, PushId } from '../events/ids.ts';
import { type NamedBefore, namingKey } from './naming.ts';
import { repositoryKey } from './repository-key.ts';

/** What it folds; of other events it makes nothing. */
export const foldedTypes: ReadonlySet<EventType> = new Set([
  'PushReceived',
  'PushEnriched',
  'NotificationPlanned',
  'NotificationSent',
  'NotificationFailed',
  'NotificationRetried',
]);

/** What a batch of events changes in the notifier's tables, folded so that each row is written once. */
export interface NotifierChanges {
  /** Pushes that came with this batch and are to be named still. */
  readonly due: ReadonlyMap<PushId, DuePush>;
  /** Pushes that came before, by what plans say of them. */
  readonly named: ReadonlyMap<PushId, Naming>;
  readonly planned: ReadonlyMap<string, Plan>;
  readonly windows: ReadonlyMap<string, Window>;
  readonly enriched: ReadonlyMap<PushId, DomainEvent<'PushEnriched'>>;
  readonly sent: ReadonlyMap<string, DomainEvent<'NotificationSent'>>;
  readonly failed: ReadonlyMap<string, Failures>;
  readonly retried: ReadonlyMap<string, DomainEvent<'NotificationRetried'>>;
}

export interface DuePush {
  readonly event: DomainEvent<'PushReceived'>;
  /** The rooms that are left; null where no plan has said where it goes. */
  readonly rooms: readonly string[] | null;
}

export interface Naming {
  /** By the first plan of this batch: where the push goes, unless an earlier one has said so. */
  readonly routes: readonly string[];
  /** Where it is named now. */
  readonly rooms: readonly string[];
}

export interface Plan {
  readonly event: DomainEvent<'NotificationPlanned'>;
  /** Another message, or this one, named one of its pushes in its room before: it is never sent, and names nothing. */
  readonly void: boolean;
}

export interface Window {
  readonly room: string;
  readonly repository: string;
  readonly messageId: MessageId;
}

export interface Failures {
  readonly count: number;
  readonly last: DomainEvent<'NotificationFailed'>;
}

/** @param namedBefore who names the pushes of the batch's plans already, by the events before it */
export function fold(events: readonly DomainEvent[], namedBefore: NamedBefore): NotifierChanges {
  const received = new Map<PushId, DomainEvent<'PushReceived'>>();
  const namings = new Map<PushId, { routes: readonly string[]; rooms: string[] }>();
  const names = new Map(namedBefore);
  const planned = new Map<string, Plan>();
  const windows = new Map<string, Window>();
  const enriched = new Map<PushId, DomainEvent<'PushEnriched'>>();
  const sent = new Map<string, DomainEvent<'NotificationSent'>>();
  const failed = new Map<string, Failures>();
  const retried = new Map<string, DomainEvent<'NotificationRetried'>>();

  function plan(event: DomainEvent<'NotificationPlanned'>): void {
    const { messageId, room, pushIds, routes, opens } = event.data;
    const isNew = opens.length > 0;
    const taken = pushIds.some((id) => {
      const namer = names.get(namingKey(room, id));
      // Only an edit may name again what its own message names.
      return namer !== undefined && (isNew || namer !== messageId);
    });
    planned.set(keyOf(event.data), { event, void: taken });
    if (taken) return;
    for (const pushId of pushIds) {
      names.set(namingKey(room, pushId), messageId);
      const rooms = routes.find((route) => route.pushId === pushId)?.rooms ?? [];
      const naming = namings.get(pushId) ?? { routes: rooms, rooms: [] };
      naming.rooms.push(room);
      namings.set(pushId, naming);
    }
    for (const repository of opens.map(repositoryKey)) {
      windows.set(`${room}\n${repository}`, { room, repository, messageId });
    }
  }

  for (const event of events) {
    switch (event.type) {
      case 'PushReceived':
        if (event.data.ignored === null) received.set(event.data.pushId, event);
        break;
      case 'PushEnriched':
        enriched.set(event.data.pushId, event);
        break;
      case 'NotificationPlanned':
        plan(event);
        break;
      case 'NotificationSent':
        sent.set(keyOf(event.data), event);
        break;
      case 'NotificationFailed': {
        const key = keyOf(event.data);
        failed.set(key, { count: (failed.get(key)?.count ?? 0) + 1, last: event });
        break;
      }
      case 'NotificationRetried': {
        const key = keyOf(event.data);
        const before = retried.get(key);
        if (!before || before.data.failures < event.data.failures) retried.set(key, event);
        break;
      }
      default:
        break;
    }
  }
  return { ...divide(received, namings), planned, windows, enriched, sent, failed, retried };
}

/** What came and was named in one batch never gets a row of its own. */
function divide(
  received: ReadonlyMap<PushId, DomainEvent<'PushReceived'>>,
  namings: ReadonlyMap<PushId, Naming>,
): Pick<NotifierChanges, 'due' | 'named'> {
  const due = new Map<PushId, DuePush>();
  for (const [pushId, event] of received) {
    const naming = namings.get(pushId);
    const rooms = naming ? naming.routes.filter((room) => !naming.rooms.includes(room)) : null;
    if (rooms === null || rooms.length > 0) due.set(pushId, { event, rooms });
  }
  const named = new Map([...namings].filter(([pushId]) => !received.has(pushId)));
  return { due, named };
}

function keyOf(data: { readonly messageId: MessageId; readonly version: number }): string {
  return `${data.messageId}.${data.version}`;
}
