import { randomUUID } from 'node:crypto';
import type { DeliveryId } from '../../src/events/ids.ts';
import { ignoreNothing } from '../../src/events/ignore-rules.ts';
import type { DeliveryContext } from '../../src/ingest/push-facts.ts';

/** What is known of a delivery besides its body, for tests of the pure part. */
export const deliveryContext: DeliveryContext = {
  deliveryId: randomUUID() as DeliveryId,
  receivedAt: new Date('2026-02-03T04:05:07.008Z'),
  signedBody: {
    digest: '0'.repeat(64),
    size: 1,
    stored: true,
    contentType: 'json',
    signature: '0'.repeat(64),
    secret: 'test',
  },
  instance: 'gitea.test',
  owner: 'acme',
  ignore: { ...ignoreNothing, pushers: ['gitea-actions'] },
};
