import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Secret } from '../config/secret.ts';

/** The key that seals the log. */
export interface AuditKey {
  readonly key: KeyObject;
  /** Names the key in its seals, so that a seal of another key is told apart from a broken one. */
  readonly fingerprint: string;
  /** False for one that was made in the data directory, which another machine does not have. */
  readonly configured: boolean;
}

/** @param found.configured true when absent */
export function auditKeyOf(found: { readonly secret: Secret; readonly configured?: boolean }): AuditKey {
  const key = createSecretKey(Buffer.from(found.secret.reveal(), 'utf8'));
  // By HMAC, so that the fingerprint is in no table of digests and gives no way back to the key.
  const fingerprint = createHmac('sha256', key).update('pushledger audit key').digest('hex').slice(0, 16);
  return { key, fingerprint, configured: found.configured ?? true };
}
