import { randomUUID } from 'node:crypto';
import { type EncodedEvent, encodeEvent } from '../../src/events/codec.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { type DeliveryId, type EventId, type PushId, streamOf } from '../../src/events/ids.ts';
import type { PushReceived } from '../../src/events/push-received.ts';

const at = new Date('2026-02-03T04:05:06.789Z');

/** The smallest event that follows from nothing else: any number of them can be appended. */
export function testDelivery(
  change: { id?: EventId; correlationId?: string; fullName?: string; sender?: string } = {},
): EventDraft<'TestDeliveryReceived'> {
  const deliveryId = randomUUID() as DeliveryId;
  return {
    type: 'TestDeliveryReceived',
    stream: streamOf.testDelivery(deliveryId),
    id: change.id ?? (deliveryId as string as EventId),
    data: {
      deliveryId,
      receivedAt: at.toISOString(),
      repository: { id: 7, fullName: change.fullName ?? 'acme/widgets' },
      sender: change.sender ?? null,
    },
    correlationId: change.correlationId ?? deliveryId,
    causationId: deliveryId,
    recordedAt: at,
  };
}

export function redelivery(pushId: PushId): EventDraft<'PushRedelivered'> {
  const deliveryId = randomUUID() as DeliveryId;
  return {
    type: 'PushRedelivered',
    stream: streamOf.redelivery(deliveryId),
    id: deliveryId as string as EventId,
    data: { pushId, deliveryId, receivedAt: at.toISOString(), signature: 'ab', secret: 'main' },
    correlationId: pushId,
    causationId: deliveryId,
    recordedAt: at,
  };
}

/** A push of one commit with this message. */
export function pushOf(message: string, change: Partial<PushReceived> = {}): PushReceived {
  const who = { name: 'Ada', email: 'ada@example.com', username: 'ada' };
  const head = {
    id: 'a'.repeat(40),
    message,
    messageCut: false,
    url: null,
    author: who,
    committer: who,
    authoredAt: '2026-02-03T04:05:06+02:00',
    files: { added: 1, removed: 0, modified: 0 },
  };
  return {
    pushId: randomUUID() as PushId,
    deliveryId: randomUUID() as DeliveryId,
    occurrence: 0,
    source: 'webhook',
    receivedAt: at.toISOString(),
    pushedAt: null,
    instance: 'gitea.test',
    repository: { id: 7, owner: 'acme', name: 'widgets', fullName: 'acme/widgets', url: null },
    nodeId: 'gitea_push_widgets',
    ref: 'refs/heads/main',
    refKind: 'branch',
    branch: 'main',
    before: 'b'.repeat(40),
    after: 'a'.repeat(40),
    kind: 'updated',
    commits: [head],
    head,
    totalCommits: 1,
    totalIsFloor: false,
    compareUrl: null,
    pusher: { id: 1, login: 'ada', fullName: 'Ada' },
    ignored: null,
    notes: [],
    body: null,
    ...change,
  };
}

export function pushReceived(data: PushReceived, body?: Uint8Array): EventDraft<'PushReceived'> {
  return {
    type: 'PushReceived',
    stream: streamOf.push(data.pushId),
    id: (data.deliveryId ?? randomUUID()) as string as EventId,
    data,
    correlationId: data.pushId,
    causationId: data.deliveryId ?? data.pushId,
    recordedAt: at,
    ...(body && { body }),
  };
}

/** So many events, ready to be appended. */
export function encodedEvents(count: number, text = ''): EncodedEvent[] {
  return Array.from({ length: count }, () => encodeEvent(testDelivery({ sender: text })));
}
