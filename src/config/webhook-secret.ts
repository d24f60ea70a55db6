import { weakness } from './check.ts';
import type { WebhookSecret } from './secret.ts';
import { ensureSecretFile, readSecretFile, type SecretFile } from './secret-file.ts';

export interface GeneratedSecret {
  readonly secret: WebhookSecret;
  /** True when this call made it, so that it can be pointed out to the operator once. */
  readonly created: boolean;
  readonly path: string;
  readonly warnings: readonly string[];
}

const file: SecretFile = {
  name: 'webhook-secret',
  what: 'a webhook secret',
  setting: 'GITEA_WEBHOOK_SECRET',
};
const name = 'generated';

/**
 * The webhook secret where none is configured: read from `<dataDir>/webhook-secret`, made there at the first start.
 * Named `generated`.
 *
 * @throws CodedError CONFIG_INVALID when the file can neither be read nor made, or is empty
 */
export function ensureWebhookSecret(dataDir: string): GeneratedSecret {
  const { secret, created, path, warnings } = ensureSecretFile(dataDir, file);
  const named = { name, secret };
  return { secret: named, created, path, warnings: [...warnings, ...weakness(named)] };
}

/** The one that an earlier start made, or null; also where another one is configured by now. */
export function readGeneratedWebhookSecret(dataDir: string): WebhookSecret | null {
  const secret = readSecretFile(dataDir, file);
  return secret && { name, secret };
}
