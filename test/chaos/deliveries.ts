import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { KeptDelivery } from './doubles/gitea-records.ts';

const digests = new WeakMap<Buffer, string>();

/** SHA-256 of the signed bytes, as the log has it. */
export function digestOf({ body }: Pick<KeptDelivery, 'body'>): string {
  const known = digests.get(body);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(body).digest('hex');
  digests.set(body, digest);
  return digest;
}

const bodySchema = z.object({
  before: z.string().optional(),
  after: z.string().optional(),
  ref_type: z.string().optional(),
});

/** Whether a delivery is a push; others leave no push behind. */
export function isPush({ event, body }: Pick<KeptDelivery, 'event' | 'body'>): boolean {
  const { before, after, ref_type: refType } = bodySchema.parse(JSON.parse(body.toString()));
  if (event === 'push') return before !== after;
  return event === 'delete' && refType === 'branch';
}
