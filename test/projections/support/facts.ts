import { randomUUID } from 'node:crypto';
import type { EventDraft } from '../../../src/events/event.ts';
import {
  type DeliveryId,
  type EventId,
  eventIdOfStream,
  type MessageId,
  type PushId,
  streamOf,
} from '../../../src/events/ids.ts';
import { type PushEventOptions, pushEvent } from '../../support/push-event.ts';

const at = (second: number) => new Date(Date.UTC(2026, 1, 3, 6, 0, second));

/** A push as its writer states it; `position` makes it one of its own and says when it came. */
export function pushDraft(options: PushEventOptions): EventDraft<'PushReceived'> {
  const { stream, id, data, metadata } = pushEvent(options);
  return {
    type: 'PushReceived',
    stream,
    id,
    data,
    correlationId: data.pushId,
    causationId: data.deliveryId ?? data.pushId,
    recordedAt: new Date(metadata.recordedAt),
    timings: { readMs: 1.25, verifyMs: 0.5 },
  };
}

export function pushDrafts(
  count: number,
  options: Partial<PushEventOptions> = {},
): EventDraft<'PushReceived'>[] {
  return Array.from({ length: count }, (_, index) =>
    pushDraft({
      repositoryId: 1 + (index % 3),
      fullName: `acme/repository-${index % 3}`,
      ...options,
      position: index + (options.position ?? 1),
    }),
  );
}

export function redeliveredDraft(pushId: PushId): EventDraft<'PushRedelivered'> {
  const deliveryId = randomUUID() as DeliveryId;
  return {
    type: 'PushRedelivered',
    stream: streamOf.redelivery(deliveryId),
    id: deliveryId as string as EventId,
    data: { pushId, deliveryId, receivedAt: at(1).toISOString(), signature: 'ab', secret: 'main' },
    correlationId: pushId,
    causationId: deliveryId,
    recordedAt: at(1),
    timings: { readMs: 2 },
  };
}

export function confirmedDraft(pushId: PushId): EventDraft<'PushConfirmed'> {
  const deliveryId = randomUUID() as DeliveryId;
  return {
    type: 'PushConfirmed',
    stream: streamOf.confirmation(pushId),
    id: deliveryId as string as EventId,
    data: {
      pushId,
      deliveryId,
      receivedAt: at(2).toISOString(),
      body: {
        digest: '0'.repeat(64),
        size: 1,
        stored: false,
        contentType: 'json',
        signature: '0'.repeat(64),
        secret: 'main',
      },
    },
    correlationId: pushId,
    causationId: deliveryId,
    recordedAt: at(2),
  };
}

export function sentDraft(pushIds: readonly PushId[], attempts = 1): EventDraft<'NotificationSent'> {
  const messageId = randomUUID() as MessageId;
  const stream = streamOf.notificationSent(messageId, 1);
  return {
    type: 'NotificationSent',
    stream,
    id: eventIdOfStream(stream),
    data: {
      messageId,
      version: 1,
      pushIds: [...pushIds],
      remoteId: '$event-1',
      attempts,
      startedAt: at(3).toISOString(),
      sentAt: new Date(at(3).getTime() + 125).toISOString(),
    },
    correlationId: pushIds[0] ?? messageId,
    causationId: messageId,
    recordedAt: at(4),
  };
}

export function failedDraft(
  pushIds: readonly PushId[],
  reason = 'M_FORBIDDEN',
): EventDraft<'NotificationFailed'> {
  const messageId = randomUUID() as MessageId;
  const stream = streamOf.notificationFailed(messageId, 1, 1);
  return {
    type: 'NotificationFailed',
    stream,
    id: eventIdOfStream(stream),
    data: {
      messageId,
      version: 1,
      pushIds: [...pushIds],
      attempts: 3,
      reason,
      failedAt: at(5).toISOString(),
    },
    correlationId: pushIds[0] ?? messageId,
    causationId: messageId,
    recordedAt: at(5),
  };
}

/** A page of a day: pushes, one of them sent again, one confirmed, messages sent and given up. */
export function mixedDrafts(pushCount: number, options: Partial<PushEventOptions> = {}): EventDraft[] {
  const pushes = pushDrafts(pushCount, options);
  const [first, second = first] = pushes.map(({ data }) => data.pushId);
  if (!first || !second) return [];
  return [
    ...pushes,
    redeliveredDraft(first),
    confirmedDraft(second),
    sentDraft([first, second], 2),
    failedDraft([second]),
  ];
}
