import type { ClientBase } from 'pg';
import type { DomainEvent } from '../events/event.ts';
import { fold, type NotifierChanges } from './fold.ts';
import * as statements from './statements.ts';

/** Writes what follows from these events to the notifier's tables. Every value is the events' own. */
export async function record(transaction: ClientBase, events: readonly DomainEvent[]): Promise<void> {
  const changes = fold(events);
  await recordDue(transaction, changes);
  await recordPlanned(transaction, changes);
  await recordSent(transaction, changes);
  await recordFailed(transaction, changes);
}

async function recordDue(transaction: ClientBase, { due }: NotifierChanges): Promise<void> {
  if (due.size === 0) return;
  const events = [...due.values()];
  await transaction.query(statements.insertDue, [
    events.map((event) => event.data.pushId),
    events.map((event) => event.data.receivedAt),
    events.map((event) => String(event.position)),
  ]);
}

async function recordPlanned(transaction: ClientBase, { planned }: NotifierChanges): Promise<void> {
  if (planned.size === 0) return;
  const events = [...planned.values()];
  await transaction.query(statements.insertPlanned, [
    events.map((event) => event.data.messageId),
    events.map((event) => event.data.version),
    events.map((event) => storable(event.data.room)),
    events.map((event) => `{${event.data.pushIds.join(',')}}`),
    events.map((event) => storable(event.data.transactionId)),
    events.map((event) => JSON.stringify(event.data.content)),
    events.map((event) => event.data.plannedAt),
    events.map((event) => String(event.position)),
  ]);
  await transaction.query(statements.deleteDue, [events.flatMap((event) => event.data.pushIds)]);
}

async function recordSent(transaction: ClientBase, { sent }: NotifierChanges): Promise<void> {
  if (sent.size === 0) return;
  const events = [...sent.values()];
  await transaction.query(statements.markSent, [
    events.map((event) => event.data.messageId),
    events.map((event) => event.data.version),
    events.map((event) => event.data.attempts),
    events.map((event) => storable(event.data.remoteId)),
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

/** PostgreSQL's text cannot hold U+0000, and a homeserver's answer may: it must not stop the subscription. */
function storable(text: string): string {
  return text.replaceAll('\0', '');
}
