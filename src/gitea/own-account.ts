import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { retry } from '../runtime/retry.ts';
import { getTokenUser } from './api/user.ts';
import type { GiteaClient } from './client.ts';
import { GiteaError, type GiteaErrorReason } from './errors.ts';

/** Gitea may be away longer than the client's own attempts take; the pauses grow to ten minutes. */
const policy = { firstMs: 1_000, maxMs: 10 * 60_000 };
const passing: readonly GiteaErrorReason[] = ['timed-out', 'unreachable', 'server-error', 'rate-limited'];

/** The account that GITEA_TOKEN belongs to. */
export interface OwnAccount {
  /** Null until Gitea has told it, and where it never does. */
  login(): string | null;
  /** Asks Gitea beside everything else, until it answers, refuses, or the signal aborts. Never rejects. */
  learn(signal: AbortSignal): Promise<void>;
}

export function createOwnAccount(options: {
  readonly client: GiteaClient;
  readonly clock: Clock;
  readonly logger: Logger;
}): OwnAccount {
  const { client, clock, logger } = options;
  let login: string | null = null;
  return {
    login: () => login,
    async learn(signal) {
      try {
        const user = await retry(() => getTokenUser(client, signal), {
          clock,
          signal,
          policy,
          isRetryable: (error) => error instanceof GiteaError && passing.includes(error.reason),
          onFailure: (error, attempt, pauseMs) =>
            logger.info({ err: error, attempt, pauseMs }, 'Gitea did not tell whose GITEA_TOKEN is'),
        });
        login = user.login;
        logger.warn(
          { login },
          'pushes by the account of GITEA_TOKEN are recorded, but not announced; ignore.ownAccount: false announces them',
        );
      } catch (error) {
        if (signal.aborted) return;
        logger.info(
          { reason: messageOf(error) },
          'the account of GITEA_TOKEN is not known, so that its pushes are announced like all others',
        );
      }
    },
  };
}
