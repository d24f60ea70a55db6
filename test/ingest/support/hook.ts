import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import type { EventStore } from '../../../src/event-store/event-store.ts';
import { ignoreNothing } from '../../../src/events/ignore-rules.ts';
import { buildServer } from '../../../src/http/server.ts';
import { type IngestRouteOptions, registerIngestRoute } from '../../../src/ingest/route.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { testSecret } from '../../support/delivery.ts';

export interface Hook {
  readonly app: FastifyInstance;
  readonly port: number;
  readonly url: string;
}

/** The hook's route alone, on a port of its own, before this store. */
export async function startHook(
  store: EventStore,
  change: Partial<IngestRouteOptions> & { readonly requestTimeoutMs?: number } = {},
): Promise<Hook> {
  const { requestTimeoutMs, ...route } = change;
  const app = buildServer(
    pino({ level: 'silent' }),
    requestTimeoutMs === undefined ? {} : { requestTimeoutMs },
  );
  registerIngestRoute(app, {
    store,
    clock: systemClock,
    secrets: [{ name: 'test', reveal: () => testSecret }],
    instance: 'gitea.test',
    owner: null,
    ignore: ignoreNothing,
    bodyLimit: 64 * 1_024,
    ...route,
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, port: Number(new URL(address).port), url: `${address}/webhook/gitea` };
}
