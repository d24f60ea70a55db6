import type { DeliveryId, PushId } from '../events/ids.ts';
import {
  type Recorder,
  recordPush,
  recordRejection,
  recordTestDelivery,
  type SignedDelivery,
} from './record-delivery.ts';
import { cutText } from './text.ts';
import type { Understood } from './understand-delivery.ts';
import type { VerifiedDelivery } from './verify-delivery.ts';

/** What became of a delivery in the event store. */
export type Recorded =
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly pushId: PushId;
      readonly deliveryId: DeliveryId;
      readonly ignored?: string;
    }
  | { readonly status: 'test'; readonly deliveryId: DeliveryId }
  | { readonly status: 'ignored'; readonly deliveryId: DeliveryId; readonly reason: string }
  | { readonly status: 'rejected'; readonly deliveryId: DeliveryId };

/** Compressed bytes beyond this are left out, as the smallest limit of a store is 1 MiB in base64. */
const maxCompressedBytes = 700 * 1_024;
/** A rejected delivery is kept for another try, not as proof, and must not fill the log. */
const maxRejectedBytes = 64 * 1_024;

/**
 * Records a delivery: the one way into the log, for what just came and for what waited in the spool. Doing it again,
 * also while the first time is still under way, changes nothing.
 *
 * @throws CodedError STORE_UNAVAILABLE or EVENT_INVALID
 */
export async function recordVerified(
  recorder: Recorder,
  { content, repositoryUpdatedAt }: Understood,
  delivery: VerifiedDelivery,
): Promise<Recorded> {
  const { deliveryId } = delivery;
  switch (content.is) {
    case 'ignored':
      return { status: 'ignored', deliveryId, reason: content.reason };
    case 'test':
      await recordTestDelivery(recorder, within(delivery, maxCompressedBytes), content);
      return { status: 'test', deliveryId };
    case 'rejected': {
      const { code, message } = content.error;
      const rejection = { event: delivery.event, code, reason: cutText(message, 1_000).text };
      await recordRejection(recorder, within(delivery, maxRejectedBytes), rejection);
      return { status: 'rejected', deliveryId };
    }
    case 'push': {
      const signed = within(delivery, maxCompressedBytes);
      const facts = { ...content.facts, deliveryId, body: signed.body };
      const { status, pushId } = await recordPush(recorder, { facts, repositoryUpdatedAt }, signed);
      return { status, pushId, deliveryId, ...(facts.ignored !== null && { ignored: facts.ignored }) };
    }
  }
}

function within({ proof, compressed, ...delivery }: VerifiedDelivery, limit: number): SignedDelivery {
  const fits = compressed.length <= limit;
  return { ...delivery, body: { ...proof, stored: fits }, compressed: fits ? compressed : null };
}
