import { createHash, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { DeliveryId } from '../../../../src/events/ids.ts';
import type { SpooledDelivery } from '../../../../src/ingest/spool/entry.ts';
import { bytesOf, fixture, sign } from '../../../support/delivery.ts';

/** A push of its own, as it would be spooled. */
export function spooled(
  change: { repositoryId?: number; deliveryId?: string; after?: string; padding?: Buffer } = {},
): SpooledDelivery {
  const { repositoryId = 42, deliveryId = randomUUID(), after = randomSha(), padding } = change;
  const body = fixture('push-force-rewrite');
  const signed = bytesOf({ ...body, after, repository: { ...body.repository, id: repositoryId } });
  return {
    repository: { key: String(repositoryId), fullName: `acme/widgets-${repositoryId}` },
    delivery: {
      deliveryId: deliveryId as DeliveryId,
      event: 'push',
      receivedAt: new Date('2026-02-03T04:05:07.008Z'),
      proof: {
        digest: createHash('sha256').update(signed).digest('hex'),
        size: signed.length,
        stored: true,
        contentType: 'json',
        signature: sign(signed),
        secret: 'test',
      },
      compressed: padding ?? gzipSync(signed),
      timings: { readMs: 1, verifyMs: 0.5, parseMs: 0.25 },
    },
  };
}

export function randomSha(): string {
  return createHash('sha1').update(randomUUID()).digest('hex');
}
