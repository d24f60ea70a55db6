import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.ts';
import type { SecretSource } from '../config/secret-source.ts';
import { registerHealthRoutes } from '../health/routes.ts';
import { buildServer } from '../http/server.ts';
import { recordSpooled } from '../ingest/record-spooled.ts';
import { registerIngestRoute } from '../ingest/route.ts';
import { spoolPath } from '../ingest/spool/place.ts';
import { createSpooling, type Spooling } from '../ingest/spool/spooling.ts';
import { createFindLate } from '../late-push/late-push.ts';
import type { Router } from '../notifier/routes.ts';
import type { Sender } from '../notifier/sender.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Tracing } from '../tracing/span.ts';
import { type DashboardSide, startDashboard } from './dashboard.ts';
import { ignoreRulesOf, ownAccountOf } from './ignore-rules.ts';
import { type LedRoles, startLedRoles } from './led-roles.ts';
import type { Ledger } from './ledger.ts';
import { listenFailure } from './listen-failure.ts';
import { observe } from './observe.ts';
import { canRecover, refusedDelivery } from './recovery.ts';
import type { Role } from './roles.ts';

/** A delivery that has come whole takes two seconds at most, then it is spooled; in milliseconds. */
const slowSenderMs = 3_000;

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
  let spooling: Spooling | null = null;
  let led: LedRoles | null = null;
  let dashboard: DashboardSide | null = null;
  const subscribers = () => led?.subscribers() ?? [];
  const { ledger, metrics, onBatch } = observe(options, () => ({
    spool: spooling?.status() ?? null,
    subscribers: subscribers(),
    viewers: dashboard?.viewers() ?? 0,
  }));
  const tasks: Promise<void>[] = [];

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
  const inTurn = await startLedRoles({
    ...options,
    ...{ ledger, metrics, onBatch, ignore: understanding.ignore, signal: stopping.signal },
    spooled: () => spooling?.status().pending ?? null,
  });
  led = inTurn;

  const app = buildServer(logger);
  metrics.registerRoute(app);
  registerHealthRoutes(app, {
    store: ledger.store,
    pool: ledger.pool,
    subscribers,
    notifier: () => inTurn.notifier()?.status() ?? null,
    trigger: () => inTurn.trigger()?.status() ?? null,
    recovery: () => inTurn.recovery()?.status() ?? null,
    spool: () => spooling?.status() ?? null,
    details: config.healthDetails,
    clock,
  });
  dashboard = roles.includes('dashboard')
    ? startDashboard(app, {
        ...{ config, databaseUrl: options.databaseUrl, ledger, clock, logger, subscribers },
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
        if (refusedDelivery(result)) inTurn.recovery()?.deliveryRefused();
      },
    });
  }

  const stop = async () => {
    // First the door, so that what was accepted is in the log before anything else ends.
    const closed = app.close();
    await endSlowSenders(app, closed, clock);
    stopping.abort(new Error('the service is stopping'));
    await Promise.all([...tasks, inTurn.ended()]);
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

function addressOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
