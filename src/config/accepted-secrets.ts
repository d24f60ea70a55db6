import type { Config } from './config.ts';
import type { WebhookSecret } from './secret.ts';
import { readGeneratedWebhookSecrets } from './webhook-secret.ts';

/**
 * The secrets that verify deliveries: the configured ones, in their order, or those in the data directory, oldest
 * first. None where no service was started yet.
 *
 * @throws CodedError CONFIG_INVALID
 */
export function acceptedSecrets(config: Config): readonly WebhookSecret[] {
  if (config.webhookSecrets.length > 0) return config.webhookSecrets;
  return readGeneratedWebhookSecrets(config.dataDir).accepted;
}
