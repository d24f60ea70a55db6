import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.ts';
import type { WebhookSecret } from '../config/secret.ts';
import { registerHealthRoutes } from '../health/routes.ts';
import { buildServer } from '../http/server.ts';
import { registerIngestRoute } from '../ingest/route.ts';
import { createNotifier, type Notifier } from '../notifier/notifier.ts';
import type { Sender } from '../notifier/sender.ts';
import { type LeadershipOptions, runAsLeader } from '../postgres/leader.ts';
import { dataFactory } from '../projections/data-factory/data-factory.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { runSubscriber } from '../subscription/run-subscriber.ts';
import type { Subscriber, SubscriberStatus } from '../subscription/subscriber.ts';
import type { Ledger } from './ledger.ts';
import { listenFailure } from './listen-failure.ts';

/** What a process does. Several processes may share the work of one ledger. */
export const allRoles = ['ingest', 'projections', 'notifier'] as const;
export type Role = (typeof allRoles)[number];

export interface ServiceOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly ledger: Ledger;
  readonly secrets: readonly WebhookSecret[];
  /** The ways out of messages. */
  readonly senders: readonly Sender[];
  /** The room that messages go to. */
  readonly room: string;
  readonly roles: readonly Role[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Service {
  /** Where it listens: `http://host:port`. */
  readonly address: string;
  /** Takes no more deliveries, finishes those that it has, and ends the rest at a safe place. */
  stop(): Promise<void>;
}

/**
 * Starts the roles of this process on an open ledger.
 *
 * @throws CodedError LISTEN_FAILED
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, ledger, clock, logger, roles } = options;
  const stopping = new AbortController();
  const statuses = new Map<string, SubscriberStatus>();
  const tasks: Promise<void>[] = [];

  const lead = (name: string, work: LeadershipWork) => {
    const leadership: LeadershipOptions = {
      name,
      databaseUrl: options.databaseUrl,
      clock,
      logger,
      signal: stopping.signal,
    };
    tasks.push(runAsLeader(leadership, work));
  };
  const follow = (subscriber: Subscriber, signal: AbortSignal) =>
    runSubscriber({
      subscriber,
      ...ledger,
      clock,
      logger,
      signal,
      onStatus: (status) => statuses.set(status.name, status),
    });

  if (roles.includes('projections')) lead('projections', (signal) => follow(dataFactory, signal));

  let notifier: Notifier | null = null;
  if (roles.includes('notifier')) {
    lead('notifier', async (signal) => {
      // A term of leadership starts from the log: what another process did meanwhile must not be missed.
      const ofThisTerm = createNotifier({
        ...ledger,
        senders: options.senders,
        room: options.room,
        maxAgeMs: config.notifyMaxAgeMs,
        clock,
        logger,
      });
      notifier = ofThisTerm;
      await Promise.all([follow(ofThisTerm.subscriber, signal), ofThisTerm.run(signal)]);
    });
  }

  const app = buildServer(logger);
  registerHealthRoutes(app, {
    store: ledger.store,
    pool: ledger.pool,
    subscribers: () => [...statuses.values()],
    notifier: () => notifier?.status() ?? null,
    details: config.healthDetails,
    clock,
  });
  if (roles.includes('ingest')) {
    registerIngestRoute(app, {
      store: ledger.store,
      clock,
      secrets: options.secrets.map(({ name, secret }) => ({ name, reveal: () => secret.reveal() })),
      instance: ledger.instance,
      owner: config.gitea.owner,
      ignoredPushers: config.ignore.pushers,
      bodyLimit: config.bodyLimitBytes,
    });
  }

  const stop = async () => {
    // First the door, so that what was accepted is in the log before anything else ends.
    await app.close();
    stopping.abort(new Error('the service is stopping'));
    await Promise.all(tasks);
    await Promise.all(options.senders.map((sender) => sender.close()));
  };
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await stop();
    throw listenFailure(error, config);
  }
  return { address: addressOf(app), stop };
}

type LeadershipWork = Parameters<typeof runAsLeader>[1];

function addressOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
