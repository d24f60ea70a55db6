import type { AppendOutcome, EventStore } from '../event-store/event-store.ts';
import { encodeEvent } from '../events/codec.ts';
import type { EventDraft } from '../events/event.ts';
import { type DeliveryId, derivedDeliveryId, type EventId, type PushId, streamOf } from '../events/ids.ts';
import type { SignedBody } from '../events/push-received.ts';
import type { FindLate } from '../late-push/late-push.ts';
import type { Clock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import { claimPushId, type IncomingPush } from './claim.ts';

/** So many redeliveries of one push are kept; a body that was captured and is replayed cannot fill the log. */
const maxRedeliveriesStored = 100;

export interface Recorder {
  readonly store: EventStore;
  readonly clock: Clock;
  /** Absent where nothing is recovered: then no push is late. */
  readonly findLate?: FindLate;
}

export interface SignedDelivery {
  readonly deliveryId: DeliveryId;
  readonly receivedAt: Date;
  readonly body: SignedBody;
  /** The signed bytes, compressed; null where they are too large to keep. */
  readonly compressed: Uint8Array | null;
  /** Milliseconds of the steps so far, by name. */
  readonly timings: Readonly<Record<string, number>>;
}

export interface PushAnswer {
  readonly status: 'accepted' | 'duplicate';
  readonly pushId: PushId;
}

/** Records a push: once, however often and under however many delivery ids it comes. */
export async function recordPush(
  recorder: Recorder,
  incoming: IncomingPush,
  delivery: SignedDelivery,
): Promise<PushAnswer> {
  for (;;) {
    const claim = await claimPushId(recorder.store, incoming, (pushId, occurrence) =>
      appendPush(recorder, incoming, delivery, pushId, occurrence),
    );
    switch (claim.claimed) {
      case 'new':
      case 'repeat':
        return { status: 'accepted', pushId: claim.pushId };
      case 'redelivery':
        await recordRedelivery(recorder, delivery, claim.pushId, claim.eventId);
        return { status: 'duplicate', pushId: claim.pushId };
      case 'confirmation':
        if (await confirm(recorder, delivery, claim.pushId, claim.eventId)) {
          return { status: 'accepted', pushId: claim.pushId };
        }
      // Another delivery confirmed it meanwhile: look again at what this one is.
    }
  }
}

export async function recordTestDelivery(
  recorder: Recorder,
  delivery: SignedDelivery,
  test: { repository: { id: number; fullName: string }; sender: string | null },
): Promise<void> {
  await appendOfDelivery(recorder, delivery, (deliveryId) => ({
    ...headOf(recorder, delivery, deliveryId),
    type: 'TestDeliveryReceived',
    stream: streamOf.testDelivery(deliveryId),
    data: {
      deliveryId: delivery.deliveryId,
      receivedAt: delivery.receivedAt.toISOString(),
      repository: test.repository,
      sender: test.sender,
    },
  }));
}

/** Keeps a delivery that was signed correctly but is no push, so that a later version can take it again. */
export async function recordRejection(
  recorder: Recorder,
  delivery: SignedDelivery,
  rejection: {
    event: string;
    code: string;
    reason: string;
    repository: { id: number; fullName: string | null } | null;
  },
): Promise<void> {
  await appendOfDelivery(recorder, delivery, (deliveryId) => ({
    ...headOf(recorder, delivery, deliveryId),
    type: 'DeliveryRejected',
    stream: streamOf.rejection(deliveryId),
    data: {
      deliveryId: delivery.deliveryId,
      receivedAt: delivery.receivedAt.toISOString(),
      ...rejection,
      body: delivery.body,
    },
    ...(delivery.compressed && { body: delivery.compressed }),
  }));
}

function appendPush(
  recorder: Recorder,
  incoming: IncomingPush,
  delivery: SignedDelivery,
  pushId: PushId,
  occurrence: number,
): Promise<'stored' | 'stream-taken'> {
  return appendUnderEitherId(recorder, delivery, (eventId) => ({
    ...headOf(recorder, delivery, eventId),
    type: 'PushReceived',
    stream: streamOf.push(pushId),
    data: { ...incoming.facts, pushId, occurrence },
    correlationId: pushId,
    ...(delivery.compressed && { body: delivery.compressed }),
  }));
}

async function recordRedelivery(
  recorder: Recorder,
  delivery: SignedDelivery,
  pushId: PushId,
  causationId: EventId,
): Promise<void> {
  const stored = await recorder.store.countCorrelated(pushId, 'PushRedelivered', maxRedeliveriesStored);
  if (stored >= maxRedeliveriesStored) return;
  await appendOfDelivery(recorder, delivery, (deliveryId) => ({
    ...headOf(recorder, delivery, deliveryId),
    type: 'PushRedelivered',
    stream: streamOf.redelivery(deliveryId),
    correlationId: pushId,
    causationId,
    data: {
      pushId,
      deliveryId: delivery.deliveryId,
      receivedAt: delivery.receivedAt.toISOString(),
      signature: delivery.body.signature,
      secret: delivery.body.secret,
    },
  }));
}

/** False when the push was confirmed already. */
async function confirm(
  recorder: Recorder,
  delivery: SignedDelivery,
  pushId: PushId,
  causationId: EventId,
): Promise<boolean> {
  const draft = (eventId: DeliveryId): EventDraft => ({
    ...headOf(recorder, delivery, eventId),
    type: 'PushConfirmed',
    stream: streamOf.confirmation(pushId),
    correlationId: pushId,
    causationId,
    data: {
      pushId,
      deliveryId: delivery.deliveryId,
      receivedAt: delivery.receivedAt.toISOString(),
      body: delivery.body,
    },
    ...(delivery.compressed && { body: delivery.compressed }),
  });
  return (await appendUnderEitherId(recorder, delivery, draft)) === 'stored';
}

/** Appends under the delivery id or, where that came with other bytes before, under one derived from both. */
async function appendUnderEitherId(
  recorder: Recorder,
  delivery: SignedDelivery,
  draft: (eventId: DeliveryId) => EventDraft,
): Promise<'stored' | 'stream-taken'> {
  const first = await append(recorder, draft(delivery.deliveryId));
  if (first.outcome !== 'id-taken') return first.outcome;
  const second = await append(recorder, draft(derivedDeliveryId(delivery.deliveryId, delivery.body.digest)));
  if (second.outcome !== 'id-taken') return second.outcome;
  throw new CodedError('STORE_UNAVAILABLE', `no event id is free for delivery ${delivery.deliveryId}`, {
    context: { refused: true },
  });
}

/**
 * Appends an event whose stream and id are named by the delivery. Where that id was used for other bytes, one that
 * is derived from both takes its place.
 */
async function appendOfDelivery(
  recorder: Recorder,
  delivery: SignedDelivery,
  draftFor: (deliveryId: DeliveryId) => EventDraft,
): Promise<void> {
  const { outcome } = await append(recorder, draftFor(delivery.deliveryId));
  if (outcome === 'stored') return;
  await append(recorder, draftFor(derivedDeliveryId(delivery.deliveryId, delivery.body.digest)));
}

function append(recorder: Recorder, draft: EventDraft): Promise<AppendOutcome> {
  return recorder.store.append(encodeEvent(draft));
}

function headOf(recorder: Recorder, delivery: SignedDelivery, id: DeliveryId) {
  return {
    // An event that a delivery causes has the delivery's own id.
    id: id as string as EventId,
    correlationId: delivery.deliveryId as string,
    causationId: delivery.deliveryId as string,
    recordedAt: recorder.clock.now(),
    timings: delivery.timings,
  };
}
