import { createHmac, type KeyObject } from 'node:crypto';

export interface SealPlace {
  /** From 1. */
  readonly sequence: number;
  /** The HMAC of the seal before it; null for the first one. */
  readonly previous: string | null;
}

/** The HMAC of one seal, built up event by event. */
export interface SealDigest {
  /** @param digests of events in log order, 32 bytes each, see `digestOfEvent` */
  add(digests: Uint8Array): void;
  /** Lower-case hex. Nothing can be added afterwards. */
  finish(): string;
}

/**
 * HMAC-SHA256 under the audit key over the place of the seal, and the digest of every event since the last one. With
 * the last seal's HMAC in it, no seal can be taken out of the chain or exchanged.
 */
export function createSealDigest(key: KeyObject, { sequence, previous }: SealPlace): SealDigest {
  const hmac = createHmac('sha256', key);
  hmac.update(`${JSON.stringify(['pushledger seal', 1, sequence, previous])}\n`);
  return {
    add: (digests) => {
      hmac.update(digests);
    },
    finish: () => hmac.digest('hex'),
  };
}
