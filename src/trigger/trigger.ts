import type { Pool } from 'pg';
import { appendFact, isPassing } from '../event-store/append-fact.ts';
import type { EventStore } from '../event-store/event-store.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { type BackoffPolicy, defaultBackoff, retry } from '../runtime/retry.ts';
import type { Subscriber } from '../subscription/subscriber.ts';
import type { ChooseDag } from './choose-dag.ts';
import type { DagEngine } from './dag-engine.ts';
import type { Signals } from './deliver.ts';
import { createDispatcher } from './dispatch.ts';
import { startedDraft } from './drafts.ts';
import { type BreakerState, createGate, type Gate } from './gate.ts';
import type { TriggerResult } from './handle-trigger.ts';
import { foldedTypes, record } from './record.ts';
import { countOpen, type OpenTriggers } from './state.ts';

export interface TriggerOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly engine: DagEngine;
  readonly chooseDag: ChooseDag;
  /** A push that is older is not triggered, in milliseconds. */
  readonly maxAgeMs: number;
  readonly onResult?: (result: TriggerResult) => void;
  readonly gate?: Gate;
  /** So many requests at once, each of another repository. */
  readonly concurrency?: number;
  /** Between attempts that failed for a while. */
  readonly backoff?: BackoffPolicy;
  /** How long a stop waits for what is under way, in milliseconds. */
  readonly graceMs?: number;
}

export interface TriggerStatus extends OpenTriggers {
  readonly state: 'ok' | 'degraded';
  /** Of the circuit breaker before dag_engine. */
  readonly breaker: BreakerState;
  /** What does not work at the moment, or null. */
  readonly lastError: string | null;
}

export interface Trigger {
  /** To be run beside: it keeps the trigger's tables, and wakes it. */
  readonly subscriber: Subscriber;
  /** Acts until the signal aborts, and not before the subscriber has once caught up with the log. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  status(): TriggerStatus;
}

const defaultConcurrency = 4;
const defaultGraceMs = 5_000;

/**
 * Has every push that is not ignored start its DAG. What dag_engine said is appended to the log and comes back through
 * the subscription; until then the push is asked for again, after a restart, under the same key.
 */
export function createTrigger(options: TriggerOptions): Trigger {
  const { pool, store, clock, logger } = options;
  const backoff = options.backoff ?? defaultBackoff;
  const gate = options.gate ?? createGate({ clock });
  const problems = new Map<string, string>();
  let open: OpenTriggers = { pending: 0, parked: 0 };
  /** Null while it does not run. */
  let signals: Signals | null = null;
  let caughtUp = false;
  let looks: Promise<void> = Promise.resolve();
  let looking = false;
  let again = false;

  const onProblem = (place: string, problem: string | null) => {
    problems.delete(place);
    if (problem !== null) problems.set(place, problem);
  };
  const dispatcher = createDispatcher({
    ...options,
    backoff,
    gate,
    concurrency: options.concurrency ?? defaultConcurrency,
    onProblem,
    onResult: options.onResult ?? (() => undefined),
    onRoom: () => look(),
  });

  /** Looks for what is due, one look at a time; a call during one has it done again. */
  function look(): void {
    again = true;
    if (looking || !signals || !caughtUp) return;
    looking = true;
    looks = lookUntilDone(signals);
  }

  /** Never rejects. */
  async function lookUntilDone(current: Signals): Promise<void> {
    const { stop } = current;
    while (again && !stop.aborted) {
      again = false;
      await untilItWorks('read what is due', stop, async () => {
        open = await countOpen(pool, new Date(clock.now().getTime() - options.maxAgeMs));
        await dispatcher.dispatch(current);
      });
    }
    // At once, with no await between: a call that came after would set a flag that nobody reads.
    looking = false;
  }

  /** Ends without having worked only at the stop, or where no second try helps. */
  async function untilItWorks(place: string, stop: AbortSignal, step: () => Promise<void>): Promise<void> {
    try {
      await retry(step, {
        clock,
        signal: stop,
        policy: backoff,
        isRetryable: isPassing,
        onFailure: (error, attempt, pauseMs) => {
          onProblem(place, messageOf(error));
          logger.warn({ err: error, attempt, pauseMs }, `the trigger could not ${place}`);
        },
      });
      onProblem(place, null);
    } catch (error) {
      if (!stop.aborted) logger.error({ err: error }, `the trigger could not ${place}`);
    }
  }

  return {
    subscriber: {
      name: 'trigger',
      types: foldedTypes,
      handle: (transaction, events) => record(transaction, events, options.chooseDag),
      onCaughtUp() {
        caughtUp = true;
        look();
      },
    },

    async run(stop) {
      const abandoning = new AbortController();
      const over = new AbortController();
      await untilItWorks('begin', stop, () => startTriggering(store, clock));
      signals = { stop, abandon: abandoning.signal };
      look();
      await aborted(stop);
      clock.sleep(options.graceMs ?? defaultGraceMs, over.signal).then(
        () => abandoning.abort(new Error('the trigger is stopping')),
        // Everything was over before.
        () => undefined,
      );
      await looks;
      await dispatcher.finished();
      over.abort();
    },

    status() {
      const lastError = [...problems.values()].at(-1) ?? null;
      const breaker = gate.state();
      const healthy = lastError === null && breaker === 'closed' && open.parked === 0;
      return { state: healthy ? 'ok' : 'degraded', breaker, ...open, lastError };
    },
  };
}

/**
 * Notes in the log that there is a dag_engine, the first time that there is one. What was pushed before triggers nothing.
 *
 * @throws CodedError STORE_UNAVAILABLE
 */
export async function startTriggering(store: EventStore, clock: Clock): Promise<void> {
  await appendFact(store, startedDraft(clock.now()));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
