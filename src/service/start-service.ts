import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { auditKeyOf } from '../audit/audit-key.ts';
import { runSealer } from '../audit/sealer.ts';
import { ensureAuditKey } from '../config/audit-key.ts';
import type { Config } from '../config/config.ts';
import type { WebhookSecret } from '../config/secret.ts';
import { registerHealthRoutes } from '../health/routes.ts';
import { buildServer } from '../http/server.ts';
import { recordSpooled } from '../ingest/record-spooled.ts';
import { registerIngestRoute } from '../ingest/route.ts';
import { spoolPath } from '../ingest/spool/place.ts';
import { createSpooling, type Spooling } from '../ingest/spool/spooling.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createNotifier, type Notifier } from '../notifier/notifier.ts';
import type { Sender } from '../notifier/sender.ts';
import { type LeadershipOptions, runAsLeader } from '../postgres/leader.ts';
import { allProjections } from '../projections/all.ts';
import { runProjection } from '../projections/run-projection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { runSubscriber } from '../subscription/run-subscriber.ts';
import type { SubscriberStatus } from '../subscription/subscriber.ts';
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
  const following = (signal: AbortSignal) => ({
    ...ledger,
    clock,
    logger,
    signal,
    onStatus: (status: SubscriberStatus) => statuses.set(status.name, status),
  });

  if (roles.includes('projections')) {
    lead('projections', async (signal) => {
      await Promise.all(
        allProjections.map((projection) =>
          runProjection({ projection, databaseUrl: options.databaseUrl, ...following(signal) }),
        ),
      );
    });
    const key = auditKeyOf(ensureAuditKey(config));
    lead('sealer', (signal) => runSealer({ ...ledger, key, clock, logger, signal }));
  }

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
      await Promise.all([
        runSubscriber({ subscriber: ofThisTerm.subscriber, ...following(signal) }),
        ofThisTerm.run(signal),
      ]);
    });
  }

  const recorder = { store: ledger.store, clock };
  const understanding = {
    instance: ledger.instance,
    owner: config.gitea.owner,
    ignoredPushers: config.ignore.pushers,
  };
  let spooling: Spooling | null = null;
  if (roles.includes('ingest')) {
    spooling = createSpooling({
      path: spoolPath(config.dataDir),
      maxBytes: config.spoolMaxBytes,
      spoolAfterMs: config.spoolAfterMs,
      record: (delivery) => recordSpooled(recorder, understanding, delivery),
      clock,
      logger,
    });
    tasks.push(spooling.run(stopping.signal));
  }

  const metrics = createMetrics({
    spool: () => spooling?.status() ?? null,
    subscribers: () => [...statuses.values()],
  });
  const app = buildServer(logger);
  metrics.registerRoute(app);
  registerHealthRoutes(app, {
    store: ledger.store,
    pool: ledger.pool,
    subscribers: () => [...statuses.values()],
    notifier: () => notifier?.status() ?? null,
    spool: () => spooling?.status() ?? null,
    details: config.healthDetails,
    clock,
  });
  if (spooling) {
    registerIngestRoute(app, {
      ...recorder,
      ...understanding,
      secrets: options.secrets.map(({ name, secret }) => ({ name, reveal: () => secret.reveal() })),
      intake: spooling.intake,
      bodyLimit: config.bodyLimitBytes,
      onResult: metrics.countDelivery,
    });
  }

  const stop = async () => {
    // First the door, so that what was accepted is in the log before anything else ends.
    await app.close();
    stopping.abort(new Error('the service is stopping'));
    await Promise.all(tasks);
    spooling?.close();
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
