import type { DeliveryId, PushId } from '../events/ids.ts';
import { cutText } from '../events/text.ts';
import type { ArrivedPush } from '../late-push/late-push.ts';
import type { IncomingPush } from './claim.ts';
import {
  type Recorder,
  recordPush,
  recordRejection,
  recordTestDelivery,
  type SignedDelivery,
} from './record-delivery.ts';
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
  { content, repository, repositoryUpdatedAt }: Understood,
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
      const rejection = {
        event: delivery.event,
        code,
        reason: cutText(message, 1_000).text,
        repository:
          repository.key === '' ? null : { id: Number(repository.key), fullName: repository.fullName },
      };
      await recordRejection(recorder, within(delivery, maxRejectedBytes), rejection);
      return { status: 'rejected', deliveryId };
    }
    case 'push': {
      const signed = within(delivery, maxCompressedBytes);
      const facts = await withLateness(
        recorder,
        { push: content.facts, repositoryUpdatedAt },
        {
          ...content.facts,
          deliveryId,
          body: signed.body,
        },
      );
      const { status, pushId } = await recordPush(recorder, { facts, repositoryUpdatedAt }, signed);
      return { status, pushId, deliveryId, ...(facts.ignored !== null && { ignored: facts.ignored }) };
    }
  }
}

/** What recovery had told as a part of another push already is kept, and announced to nobody. */
async function withLateness<Facts extends IncomingPush['facts']>(
  { findLate }: Recorder,
  arrived: ArrivedPush,
  facts: Facts,
): Promise<Facts> {
  const within = (await findLate?.(arrived)) ?? null;
  return within === null
    ? facts
    : { ...facts, within, ignored: 'late: it was recovered as part of another push' };
}

function within({ proof, compressed, ...delivery }: VerifiedDelivery, limit: number): SignedDelivery {
  const fits = compressed.length <= limit;
  return { ...delivery, body: { ...proof, stored: fits }, compressed: fits ? compressed : null };
}
