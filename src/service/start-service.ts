import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { auditKeyOf } from '../audit/audit-key.ts';
import { runSealer } from '../audit/sealer.ts';
import { ensureAuditKey } from '../config/audit-key.ts';
import type { Config } from '../config/config.ts';
import type { SecretSource } from '../config/secret-source.ts';
import type { Recovery } from '../gitea/recovery/recovery.ts';
import { registerHealthRoutes } from '../health/routes.ts';
import { buildServer } from '../http/server.ts';
import { recordSpooled } from '../ingest/record-spooled.ts';
import { registerIngestRoute } from '../ingest/route.ts';
import { spoolPath } from '../ingest/spool/place.ts';
import { createSpooling, type Spooling } from '../ingest/spool/spooling.ts';
import { createFindLate } from '../late-push/late-push.ts';
import { createNotifier, type Notifier } from '../notifier/notifier.ts';
import type { Router } from '../notifier/routes.ts';
import type { Sender } from '../notifier/sender.ts';
import { type LeadershipOptions, runAsLeader } from '../postgres/leader.ts';
import { allProjections } from '../projections/all.ts';
import { runProjection } from '../projections/run-projection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { runSubscriber } from '../subscription/run-subscriber.ts';
import type { SubscriberStatus } from '../subscription/subscriber.ts';
import type { Tracing } from '../tracing/span.ts';
import { createTrigger, startTriggering, type Trigger } from '../trigger/trigger.ts';
import { dagEngineOf } from './dag-engine.ts';
import { type DashboardSide, startDashboard } from './dashboard.ts';
import { enricherOf } from './enricher.ts';
import { ignoreRulesOf, ownAccountOf } from './ignore-rules.ts';
import type { Ledger } from './ledger.ts';
import { listenFailure } from './listen-failure.ts';
import { observe } from './observe.ts';
import { canRecover, recoveryOf, refusedDelivery } from './recovery.ts';

/** A delivery that has come whole takes two seconds at most, then it is spooled; in milliseconds. */
const slowSenderMs = 3_000;

/** What a process does. Several processes may share the work of one ledger. */
export const allRoles = [
  'ingest',
  'projections',
  'notifier',
  'trigger',
  'enricher',
  'recovery',
  'dashboard',
] as const;
export type Role = (typeof allRoles)[number];

export interface ServiceOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly ledger: Ledger;
  readonly secrets: SecretSource;
  /** The ways out of messages. */
  readonly senders: readonly Sender[];
  /** The rooms that a push is announced in. */
  readonly route: Router;
  readonly roles: readonly Role[];
  /** Null, or absent: no traces. */
  readonly tracing?: Tracing | null;
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
  const stopping = new AbortController();
  try {
    return await startRoles(options, stopping);
  } catch (error) {
    // What has begun by then would go on for ever, on a ledger that is closed.
    stopping.abort(error);
    throw error;
  }
}

async function startRoles(options: ServiceOptions, stopping: AbortController): Promise<Service> {
  const { config, clock, logger, roles } = options;
  const statuses = new Map<string, SubscriberStatus>();
  let spooling: Spooling | null = null;
  let dashboard: DashboardSide | null = null;
  const { ledger, metrics, onBatch } = observe(options, () => ({
    spool: spooling?.status() ?? null,
    subscribers: [...statuses.values()],
    viewers: dashboard?.viewers() ?? 0,
  }));
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
    onBatch,
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
        route: options.route,
        rules: config.notify,
        maxAgeMs: config.notifyMaxAgeMs,
        onTokens: metrics.setBucketTokens,
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

  let trigger: Trigger | null = null;
  const dagEngine = roles.includes('trigger') ? dagEngineOf(config, clock) : null;
  if (dagEngine) {
    // Before the first delivery: what is pushed from now on triggers. Where the store does not take it, the leader does.
    await startTriggering(ledger.store, clock).catch((error: unknown) =>
      logger.warn({ err: error }, 'pushes trigger nothing until the event store is back'),
    );
    lead('trigger', async (signal) => {
      const ofThisTerm = createTrigger({
        ...ledger,
        ...dagEngine,
        onResult: (result) => metrics.countTrigger(result),
        clock,
        logger,
      });
      trigger = ofThisTerm;
      await Promise.all([
        runSubscriber({ subscriber: ofThisTerm.subscriber, ...following(signal) }),
        ofThisTerm.run(signal),
      ]);
    });
  }

  const enricherOfTerm = roles.includes('enricher')
    ? enricherOf(config, { ledger, clock, logger, onResult: metrics.countEnrichment })
    : null;
  if (enricherOfTerm) {
    lead('enricher', async (signal) => {
      const enricher = enricherOfTerm(signal);
      await Promise.all([
        runSubscriber({ subscriber: enricher.subscriber, ...following(signal) }),
        enricher.run(signal),
      ]);
    });
  }

  const recorder = {
    store: ledger.store,
    clock,
    ...(canRecover(config) && { findLate: createFindLate(ledger.store) }),
  };
  const ownAccount = ownAccountOf(config, { clock, logger });
  const understanding = {
    instance: ledger.instance,
    owner: config.gitea.owner,
    ignore: ignoreRulesOf(config, ownAccount),
  };
  if (roles.includes('ingest')) {
    if (ownAccount) tasks.push(ownAccount.learn(stopping.signal));
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

  let recovery: Recovery | null = null;
  if (roles.includes('recovery') && canRecover(config)) {
    lead('recovery', async (signal) => {
      const ofThisTerm = recoveryOf(config, {
        ...{ ledger, clock, logger, ignore: understanding.ignore },
        spooled: () => spooling?.status().pending ?? null,
        onReport: (result, pushes) => metrics.countRecovery(result, pushes),
      });
      recovery = ofThisTerm;
      await Promise.all([
        runSubscriber({ subscriber: ofThisTerm.subscriber, ...following(signal) }),
        ofThisTerm.run(signal),
      ]);
    });
  }

  const app = buildServer(logger);
  metrics.registerRoute(app);
  registerHealthRoutes(app, {
    store: ledger.store,
    pool: ledger.pool,
    subscribers: () => [...statuses.values()],
    notifier: () => notifier?.status() ?? null,
    trigger: () => trigger?.status() ?? null,
    recovery: () => recovery?.status() ?? null,
    spool: () => spooling?.status() ?? null,
    details: config.healthDetails,
    clock,
  });
  dashboard = roles.includes('dashboard')
    ? startDashboard(app, {
        ...{ config, databaseUrl: options.databaseUrl, ledger, clock, logger },
        subscribers: () => [...statuses.values()],
      })
    : null;
  if (spooling) {
    registerIngestRoute(app, {
      ...recorder,
      ...understanding,
      get secrets() {
        return options.secrets.current().map(({ name, secret }) => ({ name, reveal: () => secret.reveal() }));
      },
      renewSecrets: () => options.secrets.renew(),
      intake: spooling.intake,
      bodyLimit: config.bodyLimitBytes,
      onResult(result) {
        metrics.countDelivery(result);
        dashboard?.countDelivery(result);
        if (refusedDelivery(result)) recovery?.deliveryRefused();
      },
    });
  }

  const stop = async () => {
    // First the door, so that what was accepted is in the log before anything else ends.
    const closed = app.close();
    await endSlowSenders(app, closed, clock);
    stopping.abort(new Error('the service is stopping'));
    await Promise.all(tasks);
    spooling?.close();
    await dashboard?.close();
    await Promise.all(options.senders.map((sender) => sender.close()));
  };
  try {
    // More than Node's 511: what does not fit is not refused, but tried again by the kernel after a second, and another.
    await app.listen({ host: config.host, port: config.port, backlog: 4_096 });
  } catch (error) {
    await stop();
    throw listenFailure(error, config);
  }
  return { address: addressOf(app), stop };
}

/**
 * What has come whole is answered within the patience of the spool. A request that is still on its way by then has been
 * told nothing, and must not hold up the stop until its own time-out.
 */
async function endSlowSenders(app: FastifyInstance, closed: PromiseLike<void>, clock: Clock): Promise<void> {
  const over = new AbortController();
  clock.sleep(slowSenderMs, over.signal).then(
    () => app.server.closeAllConnections(),
    () => undefined,
  );
  await closed;
  over.abort();
}

type LeadershipWork = Parameters<typeof runAsLeader>[1];

function addressOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
