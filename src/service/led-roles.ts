import { auditKeyOf } from '../audit/audit-key.ts';
import { runSealer } from '../audit/sealer.ts';
import { ensureAuditKey } from '../config/audit-key.ts';
import type { Config } from '../config/config.ts';
import type { IgnoreRules } from '../events/ignore-rules.ts';
import type { Recovery } from '../gitea/recovery/recovery.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createNotifier, type Notifier } from '../notifier/notifier.ts';
import type { Router } from '../notifier/routes.ts';
import type { Sender } from '../notifier/sender.ts';
import { runAsLeader } from '../postgres/leader.ts';
import { allProjections } from '../projections/all.ts';
import { runProjection } from '../projections/run-projection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { HandledBatch } from '../subscription/follow-log.ts';
import { runSubscriber } from '../subscription/run-subscriber.ts';
import type { Subscriber, SubscriberStatus } from '../subscription/subscriber.ts';
import { createTrigger, startTriggering, type Trigger } from '../trigger/trigger.ts';
import { dagEngineOf } from './dag-engine.ts';
import { enricherOf } from './enricher.ts';
import type { Ledger } from './ledger.ts';
import { canRecover, recoveryOf } from './recovery.ts';
import type { Role } from './roles.ts';

export interface LedRolesOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly ledger: Ledger;
  /** The ways out of messages. */
  readonly senders: readonly Sender[];
  /** The rooms that a push is announced in. */
  readonly route: Router;
  readonly roles: readonly Role[];
  readonly ignore: IgnoreRules;
  /** How many deliveries wait in the spool of this process; null where that cannot be told. */
  readonly spooled: () => number | null;
  readonly metrics: Metrics;
  readonly onBatch: (batch: HandledBatch) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends all of them. */
  readonly signal: AbortSignal;
}

/** The roles that one process has at a time, and how they stand in this one: null where it has not led yet. */
export interface LedRoles {
  subscribers(): readonly SubscriberStatus[];
  notifier(): Notifier | null;
  trigger(): Trigger | null;
  recovery(): Recovery | null;
  /** Resolves when all have ended, after the signal. */
  ended(): Promise<void>;
}

/** What a leader does besides following the log. */
interface Worker {
  readonly subscriber: Subscriber;
  run(signal: AbortSignal): Promise<void>;
}

/** Lets this process be a candidate for each of its roles. A term of leadership always starts from the log. */
export async function startLedRoles(options: LedRolesOptions): Promise<LedRoles> {
  const { config, databaseUrl, ledger, roles, metrics, clock, logger } = options;
  const statuses = new Map<string, SubscriberStatus>();
  const tasks: Promise<void>[] = [];
  let notifier: Notifier | null = null;
  let trigger: Trigger | null = null;
  let recovery: Recovery | null = null;

  const lead = (name: string, work: Parameters<typeof runAsLeader>[1]) =>
    tasks.push(runAsLeader({ name, databaseUrl, clock, logger, signal: options.signal }, work));
  const following = (signal: AbortSignal) => ({
    ...{ ...ledger, clock, logger, signal, onBatch: options.onBatch },
    onStatus: (status: SubscriberStatus) => statuses.set(status.name, status),
  });
  /** @param ofTerm makes it anew: what another process did meanwhile must not be missed */
  const leadWorker = (name: Role, ofTerm: (signal: AbortSignal) => Worker) =>
    lead(name, async (signal) => {
      const worker = ofTerm(signal);
      await Promise.all([
        runSubscriber({ subscriber: worker.subscriber, ...following(signal) }),
        worker.run(signal),
      ]);
    });

  if (roles.includes('projections')) {
    lead('projections', async (signal) => {
      await Promise.all(
        allProjections.map((projection) => runProjection({ projection, databaseUrl, ...following(signal) })),
      );
    });
    const key = auditKeyOf(ensureAuditKey(config));
    lead('sealer', (signal) => runSealer({ ...ledger, key, clock, logger, signal }));
  }

  if (roles.includes('notifier')) {
    leadWorker('notifier', () => {
      notifier = createNotifier({
        ...{ ...ledger, senders: options.senders, route: options.route, clock, logger },
        rules: config.notify,
        maxAgeMs: config.notifyMaxAgeMs,
        onTokens: metrics.setBucketTokens,
      });
      return notifier;
    });
  }

  const dagEngine = roles.includes('trigger') ? dagEngineOf(config, clock) : null;
  if (dagEngine) {
    // Before the first delivery: what is pushed from now on triggers. Where the store does not take it, the leader does.
    await startTriggering(ledger.store, clock).catch((error: unknown) =>
      logger.warn({ err: error }, 'pushes trigger nothing until the event store is back'),
    );
    leadWorker('trigger', () => {
      trigger = createTrigger({
        ...{ ...ledger, ...dagEngine, clock, logger },
        onResult: (result) => metrics.countTrigger(result),
      });
      return trigger;
    });
  }

  const enricherOfTerm = roles.includes('enricher')
    ? enricherOf(config, { ledger, clock, logger, onResult: metrics.countEnrichment })
    : null;
  if (enricherOfTerm) leadWorker('enricher', enricherOfTerm);

  if (roles.includes('recovery') && canRecover(config)) {
    leadWorker('recovery', () => {
      recovery = recoveryOf(config, {
        ...{ ledger, clock, logger, ignore: options.ignore, spooled: options.spooled },
        onReport: (result, pushes) => metrics.countRecovery(result, pushes),
      });
      return recovery;
    });
  }

  return {
    subscribers: () => [...statuses.values()],
    notifier: () => notifier,
    trigger: () => trigger,
    recovery: () => recovery,
    ended: async () => void (await Promise.all(tasks)),
  };
}
