import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A webhook secret by its name. Several may be valid at once, so that they can be rotated. */
export interface NamedSecret {
  readonly name: string;
  readonly reveal: () => string;
}

export type Verification =
  | { readonly verdict: 'verified'; readonly signature: string; readonly secret: string }
  | { readonly verdict: 'missing' }
  | { readonly verdict: 'wrong' };

/**
 * The signature of a delivery: lower-case hex of HMAC-SHA256, or null. A hook without a secret sends these headers
 * too, but empty.
 */
export function signatureOf(headers: IncomingHttpHeaders): string | null {
  const bare = ['x-gitea-signature', 'x-forgejo-signature', 'x-gogs-signature'].map((name) => headers[name]);
  const [value] = [...bare, headers['x-hub-signature-256']].filter(
    (header) => header !== undefined && header !== '',
  );
  if (typeof value !== 'string') return null;
  // Without a secret Gitea still sends the prefix, with nothing behind it.
  return value.replace(/^sha256=/, '').toLowerCase() || null;
}

/**
 * Checks the signed bytes against every secret. All of them are tried whatever comes of the first, and compared
 * in constant time, so that the time tells nothing.
 */
export function verifySignature(
  signed: Uint8Array,
  signature: string | null,
  secrets: readonly NamedSecret[],
): Verification {
  if (signature === null) return { verdict: 'missing' };
  const claimed = Buffer.from(/^[0-9a-f]{64}$/.test(signature) ? signature : '', 'hex');
  let verifiedBy: string | null = null;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret.reveal()).update(signed).digest();
    if (claimed.length === expected.length && timingSafeEqual(claimed, expected)) verifiedBy ??= secret.name;
  }
  return verifiedBy === null ? { verdict: 'wrong' } : { verdict: 'verified', signature, secret: verifiedBy };
}
