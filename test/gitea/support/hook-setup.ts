import { Secret } from '../../../src/config/secret.ts';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { decodeEvent } from '../../../src/events/codec.ts';
import { startOfLog } from '../../../src/events/ids.ts';
import { GiteaClient } from '../../../src/gitea/client.ts';
import type { HookTools } from '../../../src/gitea/hooks/install.ts';
import type { HookEvent } from '../../../src/gitea/hooks/record-hook.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { createPostgresLog, type PostgresLog } from '../../event-store/support/postgres-log.ts';
import { type GiteaDouble, type GiteaOptions, startGitea } from '../../support/gitea/server.ts';

export const hookUrl = 'https://push.example.org/webhook/gitea';
export const wanted = { url: hookUrl, events: ['push', 'delete'] };
export const oldSecret = { name: 'generated', secret: new Secret('the-old-secret-of-the-tests') };
export const nextSecret = { name: 'generated-2', secret: new Secret('the-next-secret-of-the-tests') };

/** Real time, but no pause takes any. */
export const hastyClock: Clock = {
  now: () => new Date(),
  sleep: async (_ms, signal) => signal?.throwIfAborted(),
};

export interface HookSetup {
  readonly gitea: GiteaDouble;
  readonly log: PostgresLog;
  readonly store: EventStore;
  readonly tools: HookTools;
  /** Events about hooks, in log order. */
  events(): Promise<HookEvent[]>;
  close(): Promise<void>;
}

/** A Gitea, a client of it, and a log of its own. */
export async function createHookSetup(options: GiteaOptions = {}): Promise<HookSetup> {
  const [gitea, log] = await Promise.all([startGitea(options), createPostgresLog()]);
  const store = log.open();
  const client = new GiteaClient({
    baseUrl: gitea.url,
    token: new Secret(options.token ?? 'good-token'),
    clock: hastyClock,
    concurrency: 8,
  });
  return {
    gitea,
    log,
    store,
    tools: { client, log: { store, clock: hastyClock }, instance: 'gitea.test' },
    async events() {
      const { events } = await store.readPage(startOfLog, 10_000);
      return events
        .map(decodeEvent)
        .flatMap((event) =>
          event?.type === 'HookInstalled' || event?.type === 'HookRemoved' ? [event] : [],
        );
    },
    async close() {
      await Promise.all([gitea.close(), log.close()]);
    },
  };
}
