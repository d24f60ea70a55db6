import type { EventStore } from '../../event-store/event-store.ts';
import { decodeEvent } from '../../events/codec.ts';
import type { DomainEvent } from '../../events/event.ts';
import { type Position, type PushId, startOfLog } from '../../events/ids.ts';

export type Rejection = DomainEvent<'DeliveryRejected'>;

/** A rejected delivery, and what it became of it later. */
export interface RejectedDelivery {
  readonly rejection: Rejection;
  /** Set when it was taken after all: the push that it is, or null where it is a test delivery. */
  readonly taken: { readonly pushId: PushId | null } | null;
}

export interface FindOptions {
  readonly store: EventStore;
  readonly signal: AbortSignal;
  /** Called after each page: how far the log was read, and where it ended when the reading began. */
  readonly onProgress?: (progress: { readonly position: Position; readonly head: Position }) => void;
}

/** Of the log; the rejections among them are few. */
const pageSize = 1_000;

/**
 * Every rejected delivery of the log, oldest first. That one was taken is read from the log itself: an event that the
 * same delivery left behind its rejection.
 *
 * @throws CodedError STORE_UNAVAILABLE or EVENT_INVALID; the signal's reason
 */
export async function findRejected({ store, signal, onProgress }: FindOptions): Promise<RejectedDelivery[]> {
  const rejections: Rejection[] = [];
  const traces: Trace[] = [];
  const rejectedIds = new Set<string>();
  const head = await store.head();
  for (let position = startOfLog; position < head; ) {
    signal.throwIfAborted();
    const { events } = await store.readPage(position, pageSize);
    const last = events.at(-1);
    if (!last) break;
    for (const stored of events) {
      // Most of a log are other events, which need not be read for this.
      if (!relevant.has(stored.type)) continue;
      const event = decodeEvent(stored);
      if (event?.type === 'DeliveryRejected') {
        rejections.push(event);
        rejectedIds.add(event.data.deliveryId);
        continue;
      }
      const trace = event && traceOf(event);
      if (trace && rejectedIds.has(trace.deliveryId)) traces.push(trace);
    }
    position = last.position;
    onProgress?.({ position, head });
  }
  return rejections.map((rejection) => ({
    rejection,
    taken: traces.find((trace) => isOf(trace, rejection)) ?? null,
  }));
}

const relevant: ReadonlySet<string> = new Set([
  'DeliveryRejected',
  'PushReceived',
  'PushRedelivered',
  'PushConfirmed',
  'TestDeliveryReceived',
]);

/** What a delivery that was taken leaves in the log. */
interface Trace {
  readonly deliveryId: string;
  readonly pushId: PushId | null;
  /** Of the signed bytes, by Gitea; null where the event does not keep it. */
  readonly signature: string | null;
}

function traceOf(event: DomainEvent): Trace | null {
  switch (event.type) {
    case 'PushReceived': {
      const { deliveryId, pushId, body } = event.data;
      return deliveryId && { deliveryId, pushId, signature: body?.signature ?? null };
    }
    case 'PushConfirmed':
      return { ...event.data, signature: event.data.body.signature };
    case 'PushRedelivered':
      return event.data;
    case 'TestDeliveryReceived':
      return { deliveryId: event.data.deliveryId, pushId: null, signature: null };
    default:
      return null;
  }
}

/** Deliveries with one id and other bytes are two: the signature over the bytes tells them apart. */
function isOf(trace: Trace, { data }: Rejection): boolean {
  return (
    trace.deliveryId === data.deliveryId &&
    (trace.signature === null || trace.signature === data.body.signature)
  );
}
