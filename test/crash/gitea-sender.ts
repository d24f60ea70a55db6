import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { TestPush } from './pushes.ts';

export const webhookSecret = 'a-secret-for-the-crash-tests';

export interface SentDelivery {
  readonly deliveryId: string;
  /** False: the answer was not 2xx, or there was none. Whether it is stored is then unknown. */
  readonly accepted: boolean;
  readonly pushId: string | null;
}

const answerSchema = z.object({ pushId: z.string().nullable().default(null) });

/** One try, as Gitea makes it: what comes of it is final, and Gitea itself sends nothing twice. */
export async function sendOnce(
  address: string,
  push: TestPush,
  deliveryId = randomUUID(),
): Promise<SentDelivery> {
  try {
    const response = await fetch(`${address}/webhook/gitea`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-gitea-delivery': deliveryId,
        'x-gitea-event': push.event,
        'x-gitea-signature': createHmac('sha256', webhookSecret).update(push.body).digest('hex'),
      },
      body: new Uint8Array(push.body),
      signal: AbortSignal.timeout(5_000),
    });
    const { pushId } = answerSchema.parse(await response.json());
    return { deliveryId, accepted: response.ok, pushId };
  } catch {
    // Refused, cut off or half an answer: for the sender all the same.
    return { deliveryId, accepted: false, pushId: null };
  }
}
