import { z } from 'zod';
import { deliveryIdSchema } from '../../events/ids.ts';
import { signedBodySchema } from '../../events/push-received.ts';
import type { RepositoryName } from '../understand-delivery.ts';
import type { VerifiedDelivery } from '../verify-delivery.ts';

/** What is kept of a delivery until the event store has it. */
export interface SpooledDelivery {
  readonly repository: RepositoryName;
  readonly delivery: VerifiedDelivery;
}

/** A row cannot be smaller than this; it counts towards the bound, so that tiny deliveries are bounded as well. */
const rowBytes = 512;

const storedSchema = z.object({
  delivery_id: deliveryIdSchema,
  event: z.string(),
  received_at: z.iso.datetime().transform((text) => new Date(text)),
  proof: z.string().transform(parseJson).pipe(signedBodySchema),
  timings: z.string().transform(parseJson).pipe(z.record(z.string(), z.number())),
  body: z.instanceof(Uint8Array),
});

/** The values of `addEntry`, in its order. */
export function encodeEntry({ repository, delivery }: SpooledDelivery) {
  return [
    delivery.deliveryId,
    delivery.proof.digest,
    repository.key,
    repository.fullName,
    delivery.event,
    delivery.receivedAt.toISOString(),
    JSON.stringify(delivery.proof),
    JSON.stringify(delivery.timings),
    sizeOf(delivery),
    delivery.compressed,
  ] as const;
}

/** @throws Error when the row is not one that `encodeEntry` made */
export function decodeEntry(row: unknown): VerifiedDelivery {
  const {
    delivery_id: deliveryId,
    received_at: receivedAt,
    body: compressed,
    ...rest
  } = storedSchema.parse(row);
  return { ...rest, deliveryId, receivedAt, compressed };
}

/** What an entry takes of the bound, in bytes. */
export function sizeOf({ compressed }: VerifiedDelivery): number {
  return compressed.length + rowBytes;
}

function parseJson(text: string, context: z.core.$RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('not JSON');
    return z.NEVER;
  }
}
