import type { Config } from './config.ts';
import type { Secret } from './secret.ts';
import { ensureSecretFile, readSecretFile, type SecretFile } from './secret-file.ts';

const file: SecretFile = { name: 'audit-key', what: 'an audit key', setting: 'AUDIT_KEY' };

export interface ConfiguredAuditKey {
  readonly secret: Secret;
  /** False for the one that was made in the data directory, which another machine does not have. */
  readonly configured: boolean;
}

type KeySettings = Pick<Config, 'auditKey' | 'dataDir'>;

/**
 * The key that seals the log: the configured one, else that of `<dataDir>/audit-key`, made there at the first start.
 *
 * @throws CodedError CONFIG_INVALID when the file can neither be read nor made, or is empty
 */
export function ensureAuditKey({ auditKey, dataDir }: KeySettings): ConfiguredAuditKey {
  if (auditKey) return { secret: auditKey, configured: true };
  return { secret: ensureSecretFile(dataDir, file).secret, configured: false };
}

/** The same key, or null where none was ever made: looking must not make one. */
export function readAuditKey({ auditKey, dataDir }: KeySettings): Secret | null {
  return auditKey ?? readSecretFile(dataDir, file);
}
