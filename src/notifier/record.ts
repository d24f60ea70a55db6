import type { ClientBase } from 'pg';
import type { DomainEvent } from '../events/event.ts';
import type { MessageId, PushId } from '../events/ids.ts';
import { fold, type NotifierChanges } from './fold.ts';
import { type NamedBefore, namingKey } from './naming.ts';
import * as statements from './record-statements.ts';
import { repositoryKey } from './repository-key.ts';

/** Writes what follows from these events to the notifier's tables. Every value is the events' own. */
export async function record(transaction: ClientBase, events: readonly DomainEvent[]): Promise<void> {
  const namedBefore = await readNamedBefore(transaction, events);
  const changes = fold(events, namedBefore);
  await recordDue(transaction, changes);
  await recordNamed(transaction, changes);
  await recordPlanned(transaction, changes);
  await recordWindows(transaction, changes);
  await recordEnriched(transaction, changes);
  await recordRefreshes(transaction, changes, namedBefore);
  await recordSent(transaction, changes);
  await recordFailed(transaction, changes);
  await recordRetried(transaction, changes);
  await settle(transaction, changes);
}

async function readNamedBefore(
  transaction: ClientBase,
  events: readonly DomainEvent[],
): Promise<NamedBefore> {
  const pushIds = events.flatMap((event) => {
    if (event.type === 'PushEnriched') return [event.data.pushId];
    return event.type === 'NotificationPlanned' ? event.data.pushIds : [];
  });
  if (pushIds.length === 0) return new Map();
  const { rows } = await transaction.query<{ message_id: MessageId; room: string; push_ids: PushId[] }>(
    statements.readNaming,
    [pushIds],
  );
  return new Map(rows.flatMap((row) => row.push_ids.map((id) => [namingKey(row.room, id), row.message_id])));
}

async function recordDue(transaction: ClientBase, { due }: NotifierChanges): Promise<void> {
  if (due.size === 0) return;
  const rows = [...due.values()].map(({ event: { data, metadata, position }, rooms }) => ({
    push_id: data.pushId,
    received_at: data.receivedAt,
    recorded_at: metadata.recordedAt,
    position: String(position),
    repository: storable(repositoryKey({ instance: data.instance, id: data.repository.id })),
    rooms: rooms?.map(storable) ?? null,
  }));
  await transaction.query(statements.insertDue, [JSON.stringify(rows)]);
}

async function recordNamed(transaction: ClientBase, { named }: NotifierChanges): Promise<void> {
  if (named.size === 0) return;
  const rows = [...named].map(([pushId, { routes, rooms }]) => ({
    push_id: pushId,
    routes: routes.map(storable),
    named: rooms.map(storable),
  }));
  await transaction.query(statements.nameDue, [JSON.stringify(rows)]);
  await transaction.query(statements.deleteNamed, [[...named.keys()]]);
}

async function recordPlanned(transaction: ClientBase, { planned }: NotifierChanges): Promise<void> {
  if (planned.size === 0) return;
  const plans = [...planned.values()];
  await transaction.query(statements.insertPlanned, [
    plans.map(({ event }) => event.data.messageId),
    plans.map(({ event }) => event.data.version),
    plans.map(({ event }) => storable(event.data.room)),
    plans.map(({ event }) => `{${event.data.pushIds.join(',')}}`),
    plans.map(({ event }) => `{${event.data.enriched.join(',')}}`),
    plans.map((plan) => plan.void),
    plans.map(({ event }) => storable(event.data.transactionId)),
    plans.map(({ event }) => JSON.stringify(event.data.content)),
    plans.map(({ event }) => event.data.plannedAt),
    plans.map(({ event }) => String(event.position)),
  ]);
}

async function recordWindows(transaction: ClientBase, { windows }: NotifierChanges): Promise<void> {
  if (windows.size === 0) return;
  const opened = [...windows.values()];
  await transaction.query(statements.openWindows, [
    opened.map(({ room }) => storable(room)),
    opened.map(({ repository }) => storable(repository)),
    opened.map(({ messageId }) => messageId),
  ]);
}

async function recordEnriched(transaction: ClientBase, { enriched }: NotifierChanges): Promise<void> {
  if (enriched.size === 0) return;
  const events = [...enriched.values()];
  await transaction.query(statements.insertEnriched, [
    events.map((event) => event.data.pushId),
    events.map((event) => event.metadata.recordedAt),
  ]);
}

/** After plans and enrichments: which of the messages that they are about leave something out now. */
async function recordRefreshes(
  transaction: ClientBase,
  { planned, enriched }: NotifierChanges,
  namedBefore: NamedBefore,
): Promise<void> {
  const planning = [...planned.values()].map(({ event }) => event.data.messageId);
  const messageIds = new Set([...planning, ...(enriched.size > 0 ? namedBefore.values() : [])]);
  if (messageIds.size === 0) return;
  await transaction.query(statements.deleteRefreshes, [[...messageIds]]);
  await transaction.query(statements.insertRefreshes, [[...messageIds]]);
}

async function recordSent(transaction: ClientBase, { sent }: NotifierChanges): Promise<void> {
  if (sent.size === 0) return;
  const events = [...sent.values()];
  await transaction.query(statements.markSent, [
    events.map((event) => event.data.messageId),
    events.map((event) => event.data.version),
    events.map((event) => event.data.attempts),
    events.map((event) => storable(event.data.remoteId)),
    events.map((event) => event.data.device && storable(event.data.device)),
    events.map((event) => event.data.sentAt),
  ]);
}

async function recordFailed(transaction: ClientBase, { failed }: NotifierChanges): Promise<void> {
  if (failed.size === 0) return;
  const failures = [...failed.values()];
  await transaction.query(statements.markFailed, [
    failures.map(({ last }) => last.data.messageId),
    failures.map(({ last }) => last.data.version),
    failures.map(({ last }) => last.data.attempts),
    failures.map(({ count }) => count),
    failures.map(({ last }) => last.data.failedAt),
    failures.map(({ last }) => storable(last.data.reason)),
  ]);
}

async function recordRetried(transaction: ClientBase, { retried }: NotifierChanges): Promise<void> {
  if (retried.size === 0) return;
  const events = [...retried.values()];
  await transaction.query(statements.markRetried, [
    events.map((event) => event.data.messageId),
    events.map((event) => event.data.version),
    events.map((event) => event.data.failures),
  ]);
}

/** Last: the state follows from the rows, and not from the order in which the events of a batch are written. */
async function settle(transaction: ClientBase, changes: NotifierChanges): Promise<void> {
  const { planned, sent, failed, retried } = changes;
  const messageIds = new Set([
    ...[...planned.values()].map(({ event }) => event.data.messageId),
    ...[...sent.values()].map((event) => event.data.messageId),
    ...[...failed.values()].map(({ last }) => last.data.messageId),
    ...[...retried.values()].map((event) => event.data.messageId),
  ]);
  if (messageIds.size > 0) await transaction.query(statements.settle, [[...messageIds]]);
}

/** PostgreSQL's text cannot hold U+0000, and a homeserver's answer may: it must not stop the subscription. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
