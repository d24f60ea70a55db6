import type { Pool } from 'pg';
import type { EventStore } from '../event-store/event-store.ts';
import type { Clock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { type BackoffPolicy, defaultBackoff, retry } from '../runtime/retry.ts';
import type { Subscriber } from '../subscription/subscriber.ts';
import type { Signals } from './attempt.ts';
import { createDispatcher } from './dispatch.ts';
import { foldedTypes } from './fold.ts';
import { createPlanner } from './plan.ts';
import { createProblems } from './problems.ts';
import { record } from './record.ts';
import type { Router } from './routes.ts';
import type { Sender } from './sender.ts';
import { countOpen, type OpenCounts } from './state.ts';
import { createAlarm, createWake, type Wake } from './wake.ts';
import { defaultWindowRules, type WindowRules } from './window-rules.ts';

export interface NotifierOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Every way out; the first that serves a message's room takes it. */
  readonly senders: readonly Sender[];
  /** Where a push is announced; nowhere, where it is muted. */
  readonly route: Router;
  /** How pushes become messages. */
  readonly rules?: WindowRules;
  /** A push that was received longer ago is not announced, in milliseconds. */
  readonly maxAgeMs?: number;
  /** Told how many messages the homeserver would take at once. */
  readonly onTokens?: (tokens: number) => void;
  /** Between attempts that failed for a while. */
  readonly backoff?: BackoffPolicy;
  /** Between attempts while the account is refused, in milliseconds. */
  readonly unauthorizedPauseMs?: number;
  /** How long a stop waits for what is under way, in milliseconds. */
  readonly graceMs?: number;
}

export interface NotifierStatus extends OpenCounts {
  readonly state: 'ok' | 'degraded';
  /** What does not work at the moment, or null. */
  readonly lastError: string | null;
}

export interface Notifier {
  /** To be run beside: it keeps the notifier's tables, and wakes it. */
  readonly subscriber: Subscriber;
  /** Acts until the signal aborts, and not before the subscriber has once caught up with the log. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  status(): NotifierStatus;
}

const defaultMaxAgeMs = 24 * 60 * 60_000;
const defaultUnauthorizedPauseMs = 5 * 60_000;
const defaultGraceMs = 5_000;

/**
 * Announces pushes. What it decides goes to the log first and comes back through the subscription; only then is it
 * sent, as it stands there. So a process that takes over sends the same bytes under the same transaction id.
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const { pool, clock, logger } = options;
  const problems = createProblems();
  const backoff = options.backoff ?? defaultBackoff;
  const planner = createPlanner({
    ...options,
    maxAgeMs: options.maxAgeMs ?? defaultMaxAgeMs,
    rules: options.rules ?? defaultWindowRules,
    isAtOnce: (room) => options.senders.find((sender) => sender.serves(room))?.atOnce ?? false,
  });
  const dispatcher = createDispatcher({
    ...options,
    problems,
    backoff,
    unauthorizedPauseMs: options.unauthorizedPauseMs ?? defaultUnauthorizedPauseMs,
    onRateLimited: planner.closedUntil,
  });
  const wakePlanner = createWake();
  const wakeDispatcher = createWake();
  let counts: OpenCounts = { pending: 0, parked: 0 };

  /** Does a step for each call, and does it again for as long as it fails. */
  async function loop(
    place: string,
    wake: Wake,
    stop: AbortSignal,
    step: () => Promise<void>,
  ): Promise<void> {
    for (await wake.wait(stop); !stop.aborted; await wake.wait(stop)) {
      try {
        await retry(step, {
          clock,
          signal: stop,
          policy: backoff,
          onFailure: (error, attempt, pauseMs) => {
            problems.set(place, messageOf(error));
            logger.warn({ err: error, attempt, pauseMs }, `the notifier could not ${place}`);
          },
        });
        problems.clear(place);
      } catch (error) {
        // A step is repeated for ever: only the stop ends it.
        if (!stop.aborted) throw error;
      }
    }
  }

  async function act(signals: Signals): Promise<void> {
    const { stop } = signals;
    const alarm = createAlarm(wakePlanner, clock, stop);
    await Promise.all([
      // Apart, so that a store that takes no plans does not keep back what was planned before.
      loop('plan messages', wakePlanner, stop, async () => alarm.set(await planner.planDue(stop))),
      loop('send messages', wakeDispatcher, stop, async () => {
        counts = await countOpen(pool);
        await dispatcher.dispatch(signals);
      }),
    ]);
    await dispatcher.finished();
  }

  return {
    subscriber: {
      name: 'notifier',
      types: foldedTypes,
      handle: record,
      onCaughtUp() {
        wakePlanner.call();
        wakeDispatcher.call();
      },
    },

    async run(stop) {
      const abandoning = new AbortController();
      const over = new AbortController();
      const startGrace = () => {
        const grace = clock.sleep(options.graceMs ?? defaultGraceMs, over.signal);
        // Rejected when everything was over before.
        grace.then(
          () => abandoning.abort(new Error('the notifier is stopping')),
          () => undefined,
        );
      };
      stop.addEventListener('abort', startGrace, { once: true });
      try {
        await act({ stop, abandon: abandoning.signal });
      } finally {
        stop.removeEventListener('abort', startGrace);
        over.abort();
      }
    },

    status() {
      const lastError = problems.last();
      return { state: lastError === null ? 'ok' : 'degraded', ...counts, lastError };
    },
  };
}
