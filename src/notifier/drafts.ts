import type { EventDraft } from '../events/event.ts';
import { type EventId, eventIdOfStream, streamOf } from '../events/ids.ts';
import { contentOf } from './content.ts';
import type { MessageToPlan } from './decide.ts';
import type { PlannedMessage } from './state.ts';

/**
 * The event ids follow from the streams: a process that writes the same again changes nothing, and gets to know
 * that it is stored.
 */
export function plannedDraft(
  message: MessageToPlan,
  pushEventId: EventId,
  now: Date,
): EventDraft<'NotificationPlanned'> {
  const { messageId, version, room, pushIds } = message;
  const stream = streamOf.notification(messageId, version);
  return {
    type: 'NotificationPlanned',
    stream,
    id: eventIdOfStream(stream),
    data: {
      messageId,
      version,
      room,
      pushIds: [...pushIds],
      // Made from the message's own id, as some homeservers keep one space of these for all rooms.
      transactionId: `pushledger.${messageId}.${version}`,
      content: contentOf(message),
      plannedAt: now.toISOString(),
    },
    correlationId: pushIds[0],
    causationId: pushEventId,
    recordedAt: now,
  };
}

export interface SentOutcome {
  readonly remoteId: string;
  readonly attempts: number;
  /** Start of the first attempt of this process. */
  readonly startedAt: Date;
  readonly sentAt: Date;
}

export function sentDraft(message: PlannedMessage, outcome: SentOutcome): EventDraft<'NotificationSent'> {
  const { messageId, version } = message;
  const stream = streamOf.notificationSent(messageId, version);
  return {
    type: 'NotificationSent',
    stream,
    id: eventIdOfStream(stream),
    data: {
      messageId,
      version,
      pushIds: [...message.pushIds],
      remoteId: outcome.remoteId,
      attempts: outcome.attempts,
      startedAt: outcome.startedAt.toISOString(),
      sentAt: outcome.sentAt.toISOString(),
    },
    ...chainOf(message),
    recordedAt: outcome.sentAt,
  };
}

export interface FailedOutcome {
  readonly reason: string;
  readonly attempts: number;
  readonly failedAt: Date;
}

export function failedDraft(
  message: PlannedMessage,
  outcome: FailedOutcome,
): EventDraft<'NotificationFailed'> {
  const { messageId, version } = message;
  const stream = streamOf.notificationFailed(messageId, version, message.failures + 1);
  return {
    type: 'NotificationFailed',
    stream,
    id: eventIdOfStream(stream),
    data: {
      messageId,
      version,
      pushIds: [...message.pushIds],
      attempts: outcome.attempts,
      reason: outcome.reason,
      failedAt: outcome.failedAt.toISOString(),
    },
    ...chainOf(message),
    recordedAt: outcome.failedAt,
  };
}

function chainOf(message: PlannedMessage): { correlationId: string; causationId: string } {
  const { messageId, version, pushIds } = message;
  return {
    // A plan names at least one push.
    correlationId: pushIds[0] ?? messageId,
    causationId: eventIdOfStream(streamOf.notification(messageId, version)),
  };
}
