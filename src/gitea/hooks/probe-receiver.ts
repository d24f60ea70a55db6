import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Secret } from '../../config/secret.ts';

/**
 * What answers at a hook's address, asked from here.
 * - `accepted`: a pushledger that verifies this secret.
 * - `wrong-secret`: a pushledger that does not.
 * - `redirects`: Gitea would follow with a GET, count that as success, and deliver nothing.
 * - `other`: something else. `unreachable`: nothing.
 */
export interface Probe {
  readonly outcome: 'accepted' | 'wrong-secret' | 'redirects' | 'other' | 'unreachable';
  /** The error or the status, for a message. */
  readonly detail: string;
}

const timeoutMs = 5_000;
const body = '{}';
const answerSchema = z.object({
  status: z.string().optional(),
  error: z.object({ code: z.string() }).optional(),
});

/**
 * Sends a signed delivery of an event that no receiver knows: it is answered as ignored, and nothing is stored. Tells
 * whether the address leads to a pushledger with the same secret, though not whether Gitea may go there.
 */
export async function probeReceiver(url: string, secret: Secret): Promise<Probe> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-gitea-delivery': randomUUID(),
        'x-gitea-event': 'pushledger_probe',
        'x-gitea-signature': createHmac('sha256', secret.reveal()).update(body).digest('hex'),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (response.status >= 300 && response.status < 400)
      return { outcome: 'redirects', detail: `status ${response.status}` };
    const answer = answerSchema.safeParse(parseJson(text)).data;
    if (response.status === 200 && answer?.status === 'ignored') return { outcome: 'accepted', detail: '' };
    if (answer?.error?.code === 'SIGNATURE_WRONG') return { outcome: 'wrong-secret', detail: 'status 401' };
    return { outcome: 'other', detail: `status ${response.status}` };
  } catch (error) {
    return { outcome: 'unreachable', detail: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no answer within ${timeoutMs / 1_000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return 'no connection';
  return 'code' in cause ? String(cause.code) : cause.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
