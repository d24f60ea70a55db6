import type { Pool } from 'pg';
import { appendFact, isPassing } from '../event-store/append-fact.ts';
import type { EventStore } from '../event-store/event-store.ts';
import { decodeEvent } from '../events/codec.ts';
import type { DomainEvent, EventDraft } from '../events/event.ts';
import { dagRunIdOf, type PushId, type RunId, streamOf } from '../events/ids.ts';
import { messageOf } from '../runtime/errors.ts';
import { retry } from '../runtime/retry.ts';
import { asRunId } from './answer.ts';
import { type DeliverOptions, type Delivery, deliver, type Signals } from './deliver.ts';
import { failedDraft, triggeredDraft } from './drafts.ts';
import { runRequest } from './run-request.ts';
import { type DueTrigger, isTaken } from './state.ts';

export type TriggerResult = 'triggered' | 'parked' | 'expired';

export interface HandlerOptions extends DeliverOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly maxAgeMs: number;
  /** Ids that dag_engine gave, by the push that got them, whose events have not come back from the log. */
  readonly given: Map<RunId, PushId>;
  /** Called when dag_engine has decided: whatever happens then, it is not to be asked again by this process. */
  readonly onDecided: () => void;
  readonly onResult: (result: TriggerResult) => void;
}

/**
 * Asks dag_engine for the run of a push, and appends what it said.
 *
 * @throws what the store throws, or the reason of a signal; after `onDecided` only what no second try can mend
 */
export async function handleTrigger(
  trigger: DueTrigger,
  options: HandlerOptions,
  signals: Signals,
): Promise<void> {
  const { store, clock, logger, onProblem } = options;
  const event = await readPush(store, trigger.pushId);
  if (!event) {
    logger.error({ pushId: trigger.pushId }, 'a due push is not in the event store; it triggers nothing');
    options.onDecided();
    return;
  }
  const expiresAt = new Date(trigger.dueSince.getTime() + options.maxAgeMs);
  const delivery = await deliver(runRequest(event.data, trigger.dag), expiresAt, options, signals);
  options.onDecided();
  const endedAt = clock.now();
  await retry(() => settle({ trigger, event, delivery, endedAt }, options), {
    clock,
    signal: signals.abandon,
    policy: options.backoff,
    isRetryable: isPassing,
    onFailure: (error, attempt, pauseMs) => {
      onProblem(messageOf(error));
      logger.warn(
        { err: error, pushId: trigger.pushId, attempt, pauseMs },
        'what dag_engine said could not be stored',
      );
    },
  });
  onProblem(null);
}

interface Ended {
  readonly trigger: DueTrigger;
  readonly event: DomainEvent<'PushReceived'>;
  readonly delivery: Delivery;
  readonly endedAt: Date;
}

async function settle(ended: Ended, options: HandlerOptions): Promise<void> {
  const { logger, onResult } = options;
  const { trigger, delivery } = ended;
  const { pushId, repository, dag } = trigger;
  switch (delivery.outcome) {
    case 'accepted':
      await appendFact(options.store, await acceptedDraft(ended, delivery, options));
      return onResult('triggered');
    case 'failed': {
      const draft = failedDraft(trialOf(ended), delivery.reason, trigger.failures + 1, ended.endedAt);
      await appendFact(options.store, draft);
      const { reason } = delivery;
      logger.error({ pushId, repository, dag, reason }, 'a push cannot trigger its DAG and is parked');
      return onResult('parked');
    }
    case 'expired':
      logger.error(
        { pushId, repository, dag },
        'a push could not trigger its DAG before it was too old; `triggers retry` does it still',
      );
      return onResult('expired');
  }
}

async function acceptedDraft(
  ended: Ended,
  { accepted }: Delivery & { outcome: 'accepted' },
  { pool, given }: HandlerOptions,
): Promise<EventDraft> {
  const { pushId } = ended.trigger;
  const draft = (runId: RunId) => triggeredDraft(trialOf(ended), accepted, runId, ended.endedAt);
  const told = asRunId(accepted.remoteRunId);
  // A row is written once: an engine that gives one id to two runs must not make them one. It is held before the
  // database is asked, as another run may be at this very place.
  const holder = told === null ? undefined : given.get(told);
  if (told === null || (holder !== undefined && holder !== pushId)) return draft(dagRunIdOf(pushId));
  given.set(told, pushId);
  return draft((await isTaken(pool, told)) ? dagRunIdOf(pushId) : told);
}

function trialOf({ trigger, event, delivery: { attempts, startedAt } }: Ended) {
  return { push: event.data, pushEventId: event.id, dag: trigger.dag, attempts, startedAt };
}

async function readPush(store: EventStore, pushId: PushId): Promise<DomainEvent<'PushReceived'> | null> {
  const [stored] = await store.readStreams([streamOf.push(pushId)]);
  const event = stored ? decodeEvent(stored) : null;
  return event?.type === 'PushReceived' ? event : null;
}
