import type { Subscriber } from '../../subscription/subscriber.ts';
import { subscriberName } from './known-repositories.ts';
import { record, recordedTypes } from './record.ts';

/**
 * Keeps recovery's tables.
 *
 * @param onRejected called when a delivery is found in the log that was signed correctly and refused, once the end of
 *   the log was reached: what was refused long ago is no reason to look for it now
 */
export function createRecoverySubscriber(
  instance: string,
  onRejected: () => void = () => undefined,
): Subscriber {
  let caughtUp = false;
  return {
    name: subscriberName,
    types: new Set<string>([...recordedTypes, 'DeliveryRejected']),
    async handle(transaction, events) {
      await record(transaction, events, instance);
      if (caughtUp && events.some(({ type }) => type === 'DeliveryRejected')) onRejected();
    },
    onCaughtUp() {
      caughtUp = true;
    },
  };
}
