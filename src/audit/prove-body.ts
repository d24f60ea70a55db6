import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { SignedBody } from '../events/push-received.ts';
import { broken, type Judgement } from './verdict.ts';

/** Webhook secrets by name: those in use, and those that are kept for this alone. */
export type VerifyingSecrets = ReadonlyMap<string, KeyObject>;

export function verifyingSecrets(
  secrets: readonly { readonly name: string; readonly value: string }[],
): VerifyingSecrets {
  return new Map(secrets.map(({ name, value }) => [name, createSecretKey(Buffer.from(value, 'utf8'))]));
}

/** A judgement, and the signed bytes where they have their digest. */
export interface BodyProof {
  readonly judgement: Judgement;
  readonly signed: Buffer | null;
}

/**
 * Proves the stored bytes of a delivery again: by their digest, and by Gitea's own HMAC.
 *
 * @param stored what the event has: nothing, or bytes (null when they cannot be decompressed to the size they had)
 */
export function proveBody(
  proof: SignedBody,
  stored: { readonly signed: Buffer | null } | null,
  secrets: VerifyingSecrets,
): BodyProof {
  if (!stored) {
    const judgement: Judgement = proof.stored
      ? broken('the signed bytes are gone')
      : { verdict: 'unprovable', reason: 'the signed bytes were too large to keep' };
    return { judgement, signed: null };
  }
  if (!proof.stored) return { judgement: broken('it has signed bytes that were left out'), signed: null };
  const { signed } = stored;
  if (!signed) return { judgement: broken('the signed bytes cannot be decompressed'), signed: null };
  if (signed.length !== proof.size || hash('sha256', signed) !== proof.digest) {
    return { judgement: broken('the signed bytes do not match their digest'), signed: null };
  }
  return { judgement: judgeSignature(signed, proof, secrets), signed };
}

/** One for all, as it then goes from thread to thread once a page. */
const proven: Judgement = { verdict: 'proven' };

/** By the secret of that name first. Any other of ours is as good a proof: names change, and are used again. */
function judgeSignature(signed: Buffer, proof: SignedBody, secrets: VerifyingSecrets): Judgement {
  const claimed = Buffer.from(proof.signature, 'hex');
  const verifies = (key: KeyObject) => {
    const expected = createHmac('sha256', key).update(signed).digest();
    return claimed.length === expected.length && timingSafeEqual(claimed, expected);
  };
  const named = secrets.get(proof.secret);
  if (named && verifies(named)) return proven;
  for (const key of secrets.values()) {
    if (key !== named && verifies(key)) return proven;
  }
  if (named) return { verdict: 'undecided', secret: proof.secret };
  return { verdict: 'unprovable', reason: `the webhook secret "${proof.secret}" is not configured` };
}
