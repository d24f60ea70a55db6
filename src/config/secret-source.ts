import type { Clock } from '../runtime/clock.ts';
import type { WebhookSecret } from './secret.ts';

/** The secrets that verify deliveries, which may change while the service runs. */
export interface SecretSource {
  current(): readonly WebhookSecret[];
  /**
   * Looks for new ones, after a signature that none of the current ones made.
   *
   * @returns true when there are others now: the signature is worth another look
   */
  renew(): boolean;
}

/** Wrong signatures cost anybody nothing to send: they make us look no more often than this, in milliseconds. */
export const renewEveryMs = 1_000;
/** A secret that was retired is dropped by then, in milliseconds. */
const forgetAfterMs = 60_000;

/** Secrets that stay what they are. */
export function fixedSecrets(secrets: readonly WebhookSecret[]): SecretSource {
  return { current: () => secrets, renew: () => false };
}

/**
 * Secrets that are read again when a signature fits none, and once a minute. So whatever was there a second before a
 * delivery is known to every process when that comes, and `hooks rotate-secret` needs no restart.
 *
 * @param read throws where they cannot be read; the last ones are then kept
 */
export function readSecrets(read: () => readonly WebhookSecret[], clock: Clock): SecretSource {
  let secrets = read();
  let readAt = clock.now().getTime();

  function readAgain(now: number): boolean {
    readAt = now;
    const before = keyOf(secrets);
    try {
      const found = read();
      if (found.length > 0) secrets = found;
    } catch {
      // Half-way through a change of the file's rights or owner: the last ones still hold.
      return false;
    }
    return keyOf(secrets) !== before;
  }

  return {
    current() {
      const now = clock.now().getTime();
      if (now - readAt >= forgetAfterMs) readAgain(now);
      return secrets;
    },
    renew() {
      const now = clock.now().getTime();
      return now - readAt >= renewEveryMs && readAgain(now);
    },
  };
}

function keyOf(secrets: readonly WebhookSecret[]): string {
  return JSON.stringify(secrets.map(({ name, secret }) => [name, secret.reveal()]));
}
