import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type DeliveryId, parseDeliveryId } from '../events/ids.ts';
import type { SignedBody } from '../events/push-received.ts';
import { CodedError } from '../runtime/errors.ts';
import { type NamedSecret, signatureOf, verifySignature } from './signature.ts';
import { contentKindOf, signedBytesOf } from './signed-bytes.ts';

/** One request as it came in. */
export interface IncomingDelivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly receivedAt: Date;
  /** How long the request took to arrive, in milliseconds. */
  readonly readMs: number;
}

/** A delivery whose signature was checked: all that is needed to record it, now or later. */
export interface VerifiedDelivery {
  readonly deliveryId: DeliveryId;
  /** `X-Gitea-Event`. */
  readonly event: string;
  readonly receivedAt: Date;
  /** What verified the signed bytes, as if all of them were stored. */
  readonly proof: SignedBody;
  /** The whole signed bytes, compressed. */
  readonly compressed: Uint8Array;
  /** Milliseconds of the steps so far, by name. */
  readonly timings: Readonly<Record<string, number>>;
}

/** A verified delivery before its bytes are compressed. */
export type FreshDelivery = Omit<VerifiedDelivery, 'compressed'> & { readonly signed: Buffer };

/**
 * Checks, in the order that decides which error is answered: content type, signature, delivery id.
 *
 * @throws CodedError with the status and text of the answer
 */
export function verifyDelivery(secrets: readonly NamedSecret[], incoming: IncomingDelivery): FreshDelivery {
  const { headers, body, receivedAt, readMs } = incoming;
  const startedAt = performance.now();
  const contentType = contentKindOf(headers['content-type'], headers['content-encoding']);
  const signed = signedBytesOf(body, contentType);
  const proof = prove(signed, headers, secrets);
  const named = headerOf(headers, 'delivery');
  const deliveryId = parseDeliveryId(named);
  if (!deliveryId) throw new CodedError('DELIVERY_ID_INVALID', `X-Gitea-Delivery is "${named ?? ''}"`);
  const digest = createHash('sha256').update(signed).digest('hex');
  return {
    deliveryId,
    event: headerOf(headers, 'event') ?? 'push',
    receivedAt,
    signed,
    proof: { ...proof, contentType, size: signed.length, digest, stored: true },
    timings: { readMs: rounded(readMs), verifyMs: rounded(performance.now() - startedAt) },
  };
}

function prove(
  signed: Buffer,
  headers: IncomingHttpHeaders,
  secrets: readonly NamedSecret[],
): { signature: string; secret: string } {
  const verification = verifySignature(signed, signatureOf(headers), secrets);
  switch (verification.verdict) {
    case 'verified':
      return { signature: verification.signature, secret: verification.secret };
    case 'missing':
      throw new CodedError('SIGNATURE_MISSING', 'enter the secret in the webhook settings of Gitea');
    case 'wrong':
      throw new CodedError(
        'SIGNATURE_WRONG',
        'compare the secret in the webhook settings of Gitea with ours',
      );
  }
}

/** Headers by Gitea's name; Forgejo and Gogs send the same under theirs. Empty counts as absent. */
function headerOf(headers: IncomingHttpHeaders, name: 'event' | 'delivery'): string | undefined {
  for (const product of ['gitea', 'forgejo', 'gogs', 'github']) {
    const value = headers[`x-${product}-${name}`];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

/** To the microsecond: what is finer is noise. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
