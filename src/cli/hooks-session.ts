import type { Config } from '../config/config.ts';
import { GiteaClient } from '../gitea/client.ts';
import type { HookTools } from '../gitea/hooks/install.ts';
import { systemClock } from '../runtime/clock.ts';
import { CodedError } from '../runtime/errors.ts';
import type { Ledger } from '../service/ledger.ts';
import { withCommandLedger } from './command-ledger.ts';

export interface HookSession {
  readonly tools: HookTools;
  readonly ledger: Ledger;
  readonly config: Config;
  readonly signal: AbortSignal;
}

/** Gitea and the ledger, for one command about hooks. @throws CodedError CONFIG_INVALID without Gitea's address or token */
export function withHookSession(work: (session: HookSession) => Promise<void>): Promise<void> {
  return withCommandLedger(async (ledger, config, signal) => {
    const client = giteaClientOf(config);
    const { store, instance } = ledger;
    await work({ tools: { client, log: { store, clock: systemClock }, instance }, ledger, config, signal });
  });
}

/** @throws CodedError CONFIG_INVALID */
export function giteaClientOf({ gitea: { url, token } }: Config): GiteaClient {
  const missing = [url === null ? 'GITEA_URL' : [], token === null ? 'GITEA_TOKEN' : []].flat();
  if (url === null || missing.length > 0) {
    throw new CodedError('CONFIG_INVALID', `${missing.join(' and ')} must be set to ask Gitea`);
  }
  return new GiteaClient({ baseUrl: url, token });
}

/** Where the service may answer on this machine, and from outside. */
export function serviceOrigins({ host, port }: Config, url: string): string[] {
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const address = `http://${local.includes(':') ? `[${local}]` : local}:${port}`;
  return [...(port === 0 ? [] : [address]), new URL(url).origin];
}
