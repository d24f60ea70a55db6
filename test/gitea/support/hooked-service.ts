import { Secret } from '../../../src/config/secret.ts';
import { readGeneratedWebhookSecrets } from '../../../src/config/webhook-secret.ts';
import type { DataOf } from '../../../src/events/catalogue.ts';
import { decodeEvent } from '../../../src/events/codec.ts';
import { startOfLog } from '../../../src/events/ids.ts';
import { GiteaClient } from '../../../src/gitea/client.ts';
import { findTargets } from '../../../src/gitea/hooks/find-targets.ts';
import { type HookTools, installHooks } from '../../../src/gitea/hooks/install.ts';
import type { HookTarget } from '../../../src/gitea/hooks/target.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { type GiteaDouble, type GiteaOptions, startGitea } from '../../support/gitea/server.ts';
import { type RunningService, startTestService } from '../../support/running-service.ts';

/** A Gitea whose webhooks call a service, which has a generated secret. */
export interface HookedService {
  readonly gitea: GiteaDouble;
  readonly service: RunningService;
  readonly tools: HookTools;
  /** Of the service, in the hooks. */
  readonly url: string;
  targets(): Promise<readonly HookTarget[]>;
  install(): Promise<void>;
  pushes(): Promise<DataOf<'PushReceived'>[]>;
  stop(): Promise<void>;
}

export async function startHookedService(options: GiteaOptions = {}): Promise<HookedService> {
  const [gitea, service] = await Promise.all([
    startGitea(options),
    startTestService({ env: { GITEA_WEBHOOK_SECRET: undefined }, roles: ['ingest', 'projections'] }),
  ]);
  const { store, instance } = service.ledger;
  const client = new GiteaClient({ baseUrl: gitea.url, token: new Secret('good-token') });
  const tools = { client, log: { store, clock: systemClock }, instance };
  const targets = async () => (await findTargets(client, { names: ['acme'], level: 'repository' })).targets;
  return {
    gitea,
    service,
    tools,
    url: service.url,
    targets,
    async install() {
      const [secret] = readGeneratedWebhookSecrets(service.config.dataDir).accepted;
      if (!secret) throw new Error('the service made no secret');
      await installHooks(tools, await targets(), { url: service.url, events: ['push', 'delete'] }, secret);
    },
    async pushes() {
      const found: DataOf<'PushReceived'>[] = [];
      for (let after = startOfLog; ; ) {
        const page = await store.readPage(after, 1_000);
        for (const event of page.events.map(decodeEvent)) {
          if (event?.type === 'PushReceived') found.push(event.data);
        }
        after = page.events.at(-1)?.position ?? after;
        if (page.caughtUp) return found;
      }
    },
    async stop() {
      await gitea.close();
      await service.stop();
    },
  };
}
