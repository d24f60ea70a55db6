import type { DeliveryId } from '../events/ids.ts';
import type { Recorded } from './record-verified.ts';
import type { RepositoryName } from './understand-delivery.ts';
import type { VerifiedDelivery } from './verify-delivery.ts';

/** A delivery that is ready to be kept, and the way to record it in the event store. */
export interface Prepared {
  readonly delivery: VerifiedDelivery;
  readonly record: () => Promise<Recorded>;
}

/** The last step before the answer: whoever takes a delivery has it for good. */
export interface Intake {
  /** @throws CodedError when nobody can take it */
  take(
    repository: RepositoryName,
    prepare: () => Promise<Prepared>,
  ): Promise<Recorded | { readonly status: 'spooled'; readonly deliveryId: DeliveryId }>;
}

/** Knows the event store alone. */
export const straightIntake: Intake = {
  take: async (_repository, prepare) => (await prepare()).record(),
};
