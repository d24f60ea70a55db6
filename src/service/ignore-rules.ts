import type { Config } from '../config/config.ts';
import type { IgnoreRules } from '../events/ignore-rules.ts';
import { GiteaClient } from '../gitea/client.ts';
import { createOwnAccount, type OwnAccount } from '../gitea/own-account.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** The configured rules. Without an account, its pushes are like all others. */
export function ignoreRulesOf({ ignore }: Config, account: OwnAccount | null): IgnoreRules {
  const { pushers, authors, messages } = ignore;
  return { pushers, authors, messages, ownAccount: () => account?.login() ?? null };
}

/** Null where Gitea is not to be asked, or cannot be. */
export function ownAccountOf(
  { gitea, ignore }: Config,
  surroundings: { readonly clock: Clock; readonly logger: Logger },
): OwnAccount | null {
  const { url, token } = gitea;
  if (!ignore.ownAccount || url === null || token === null) return null;
  const { clock } = surroundings;
  return createOwnAccount({ ...surroundings, client: new GiteaClient({ baseUrl: url, token, clock }) });
}
