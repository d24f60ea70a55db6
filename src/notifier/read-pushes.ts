import type { EventStore } from '../event-store/event-store.ts';
import { decodeEvent, type StoredEvent } from '../events/codec.ts';
import type { DomainEvent } from '../events/event.ts';
import { type PushId, streamOf } from '../events/ids.ts';
import { isPoison } from '../subscription/parking.ts';
import type { AnnouncedPush } from './announced-push.ts';

/** Of a push, from the log: its own event, and its enrichment where there is one. */
export interface FoundPush extends AnnouncedPush {
  readonly event: DomainEvent<'PushReceived'>;
}

/**
 * Those of these pushes that the event store has and that can be read. One that cannot, or whose enrichment cannot, must
 * not keep the others from being announced.
 *
 * @throws CodedError STORE_UNAVAILABLE
 */
export async function readPushes(
  store: EventStore,
  pushIds: readonly PushId[],
): Promise<Map<PushId, FoundPush>> {
  if (pushIds.length === 0) return new Map();
  const streams = pushIds.flatMap((pushId) => [streamOf.push(pushId), streamOf.enrichment(pushId)]);
  const events = (await store.readStreams(streams)).map(readable);
  const enrichments = new Map(
    events.flatMap((event) => (event?.type === 'PushEnriched' ? [[event.data.pushId, event.data]] : [])),
  );
  return new Map(
    events.flatMap((event) => {
      if (event?.type !== 'PushReceived') return [];
      const { pushId } = event.data;
      return [[pushId, { push: event.data, event, enrichment: enrichments.get(pushId) ?? null }]];
    }),
  );
}

function readable(stored: StoredEvent): DomainEvent | null {
  try {
    return decodeEvent(stored);
  } catch (error) {
    if (isPoison(error)) return null;
    throw error;
  }
}
